import { expect, test } from "vitest";
import { looksText } from "./looksText";

test("a look is counted for each time that seeds were added", () => {
  expect(looksText(2)).toBe("Look 2: seeds were added once.");
  expect(looksText(3)).toBe("Look 3: seeds were added 2 times.");
});
