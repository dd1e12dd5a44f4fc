import { describe, expect, it } from "vitest";
import { armColour } from "./palette";

describe("palette", () => {
  it("keeps grey for the baseline and a colour for each arm", () => {
    const colours = Array.from({ length: 8 }, (_, i) => armColour(i, "light"));
    expect(new Set(colours).size).toBe(8);
    expect(armColour(8, "light")).toBe(armColour(1, "light"));
  });
});
