import { describe, expect, it } from "vitest";
import { armColour, classColour, INK } from "./palette";

const SCHEMES = ["light", "dark"] as const;

/** Relative luminance of WCAG 2.1, of "#rrggbb". */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

describe.each(SCHEMES)("palette on %s", (scheme) => {
  const arms = Array.from({ length: 15 }, (_, hue) => armColour(hue, scheme));
  const shades = [1, 1.25, 1.5, 1.75].map((hue) => armColour(hue, scheme));
  const classes = Array.from({ length: 8 }, (_, label) => classColour(label, scheme));

  it("gives no colour twice, neither to arms nor to shades of one hue nor to classes", () => {
    expect(new Set([...arms, ...classes]).size).toBe(arms.length + classes.length);
    expect(new Set(shades).size).toBe(shades.length);
  });

  it("stands out from the ground, 3:1", () => {
    for (const colour of [...arms, ...shades, ...classes]) {
      expect(contrast(colour, INK[scheme].ground), colour).toBeGreaterThanOrEqual(3);
    }
  });
});
