import { expect, test } from "vitest";
import { looksText } from "./looksText";

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
