import { expect, it } from "vitest";
import { emptyText } from "./emptyText";

it("promises snapshots only where they will come", () => {
  const never = "Not for images.";
  const yet = "None yet, and none for images.";
  expect(emptyText({ kept: false, over: false, never })).toContain("No snapshots yet");
  expect(emptyText({ kept: false, over: false, yet, never })).toBe(yet);
  expect(emptyText({ kept: false, over: true, yet, never })).toContain("No snapshots were kept");
  expect(emptyText({ kept: true, over: false, yet, never })).toBe(never);
  expect(emptyText({ kept: true, over: true, never })).toBe(never);
});
