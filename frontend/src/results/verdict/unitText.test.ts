import { expect, test } from "vitest";
import { answersText, chanceText, differenceText, effectText, hasWidth, pairsText, promiseText } from "./unitText";

test("pairs are named by what they are", () => {
  expect(pairsText({ kind: "seeds", n: 10, rows: 300 }, "seed")).toBe("10 seeds");
  expect(pairsText({ kind: "draws", n: 5, rows: 300 }, "draw")).toBe("5 draws");
  expect(pairsText({ kind: "draws", n: 5, rows: 300 }, "fold")).toBe("5 folds");
  expect(pairsText({ kind: "rows", n: 1, rows: 300 }, "seed")).toBe("300 rows of one seed");
});

test("an interval without width tells nothing", () => {
  expect(hasWidth({ low: 0, high: 0 })).toBe(false);
  expect(hasWidth({ low: null, high: null })).toBe(false);
  expect(hasWidth({ low: -0.01, high: 0.02 })).toBe(true);
});

test("an effect size is shown of enough pairs that vary", () => {
  expect(effectText({ effect: 1.234, n: 6 })).toBe("1.23");
  expect(effectText({ effect: 1.234, n: 5 })).toBe("–");
  expect(effectText({ effect: -48.2, n: 20 })).toBe("–");
  expect(effectText({ effect: null, n: 20 })).toBe("–");
});

test("p and interval are told apart where the rows' outcomes are known", () => {
  expect(answersText([{ kind: "seeds", rows_error: 0 }], "seed")).toBe(
    "p says whether other seeds would agree, on these rows; the interval also allows for other rows.",
  );
  expect(answersText([{ kind: "draws", rows_error: null }], "draw")).toBe(
    "p and interval say whether other draws of the training rows would agree.",
  );
  expect(answersText([{ kind: "rows", rows_error: null }], "seed")).toContain("for this one seed");
});

test("the promise counts what the study can add", () => {
  expect(promiseText("seed", null)).toContain("even where seeds are added ten at a time");
  expect(promiseText("draw", null)).toContain("even where draws are added ten at a time");
  expect(promiseText("fold", null)).not.toContain("added");
  expect(promiseText("seed", 3)).toContain("all looks together");
});

test("a difference too small to show is none, and one pair has no p", () => {
  expect([0.813, -0.2, 1.2e-6, -1.2e-6, null].map((value) => differenceText(value, 2))).toEqual([
    "+0.81",
    "−0.20",
    "0.00",
    "0.00",
    "–",
  ]);
  expect(chanceText(1, { kind: "draws", n: 1 })).toBe("–");
  expect(chanceText(0.031, { kind: "rows", n: 1 })).toBe("0.031");
  expect(chanceText(0.0001, { kind: "draws", n: 20 })).toBe("<\u00a00.001");
});
