import { expect, it } from "vitest";
import { movedTo, tabStop } from "./roving";

it("arrows go round, Home and End to the ends, and other keys nowhere", () => {
  expect(movedTo("ArrowRight", 2, 3)).toBe(0);
  expect(movedTo("ArrowLeft", 0, 3)).toBe(2);
  expect(movedTo("ArrowDown", 0, 3)).toBe(1);
  expect(movedTo("Home", 2, 3)).toBe(0);
  expect(movedTo("End", 0, 3)).toBe(2);
  expect(movedTo("a", 0, 3)).toBeNull();
  expect(movedTo("Home", 0, 0)).toBeNull();
});

it("the tab stop is the chosen element, or the first", () => {
  expect(tabStop(2)).toBe(2);
  expect(tabStop(-1)).toBe(0);
});
