import { expect, test } from "vitest";
import { pairsText, promiseText } from "./unitText";

test("pairs are named by what they are", () => {
  expect(pairsText({ kind: "seeds", n: 10, rows: 300 }, "seed")).toBe("10 seeds");
  expect(pairsText({ kind: "draws", n: 5, rows: 300 }, "draw")).toBe("5 draws");
  expect(pairsText({ kind: "draws", n: 5, rows: 300 }, "fold")).toBe("5 folds");
  expect(pairsText({ kind: "rows", n: 1, rows: 300 }, "seed")).toBe("300 rows of one seed");
});

test("the promise counts what the study can add", () => {
  expect(promiseText("seed", null)).toContain("even where seeds are added ten at a time");
  expect(promiseText("draw", null)).toContain("even where draws are added ten at a time");
  expect(promiseText("fold", null)).not.toContain("added");
  expect(promiseText("seed", 3)).toContain("all looks together");
});
