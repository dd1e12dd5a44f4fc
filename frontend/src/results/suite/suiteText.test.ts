import { expect, test } from "vitest";
import { drawsText, ranksText, shortRank } from "./suiteText";

test("ranks are explained, and Friedman’s p has three digits", () => {
  const unclear = ranksText({ chi2: 1, f: 1, p: 0.1234 }, true);
  expect(unclear).toContain("further apart than the critical difference (CD) differ");
  expect(unclear).toContain("no clear difference (Friedman’s test, p\u00a0=\u00a00.123)");
  expect(unclear).not.toContain("bar");
  expect(ranksText({ chi2: 9, f: 9, p: 0.0004 }, true)).toMatch(/p\u00a0<\u00a00\.001\)\. Arms joined by a bar/);
  expect(ranksText({ chi2: 9, f: 9, p: 0.0004 }, false)).not.toContain("bar");
});

test("draws of the training rows are counted", () => {
  const sets = (...draws: number[]) => draws.map((each) => ({ draws: each }));
  expect(drawsText(sets(1, 1, 0))).toBe(
    "Each data set has one draw of its training rows; another draw may answer otherwise.",
  );
  expect(drawsText(sets(5, 5))).toBe("Each data set has 5 draws of its training rows.");
  expect(drawsText(sets(1, 5))).toBe("Data sets have 1 to 5 draws of their training rows.");
  expect(drawsText([])).toBe("");
});

test("ranks have no more digits than they need", () => {
  expect([2, 2.5].map(shortRank)).toEqual(["2", "2.5"]);
});
