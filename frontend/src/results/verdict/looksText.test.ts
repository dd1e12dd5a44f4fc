import { expect, test } from "vitest";
import { addText, looksText, seedsToOffer } from "./looksText";

test("looks without a plan are counted once seeds were added", () => {
  expect(looksText(1, null)).toBeNull();
  expect(looksText(2, null)).toBe("Look 2: seeds were added once.");
  expect(looksText(3, null)).toBe("Look 3: seeds were added 2 times.");
});

test("looks are told against their plan", () => {
  expect(looksText(1, 5)).toBe("Look 1 of 5.");
  expect(looksText(5, 5)).toBe("Look 5 of 5.");
  expect(looksText(2, 1)).toBe("Look 2, beyond the 1 that were planned: this needs far more evidence.");
});

test("an offer of seeds says which look they make", () => {
  expect(addText(1, 1, null)).toBe("Add 1 seed to every arm");
  expect(addText(10, 1, 3)).toBe("Add 10 seeds (look 2 of 3)");
  expect(addText(10, 3, 3)).toBe("Add 10 seeds (beyond the plan)");
  expect(addText(10, 4, 3)).toBe("Add 10 seeds (beyond the plan)");
});

test("planned looks are offered even where no number of seeds is known to be enough", () => {
  expect(seedsToOffer(12, 10, 1, 3)).toBe(12);
  expect(seedsToOffer(0, 10, 2, 3)).toBe(10);
  expect(seedsToOffer(0, 10, 3, 3)).toBe(0);
  expect(seedsToOffer(0, 10, 1, null)).toBe(0);
});
