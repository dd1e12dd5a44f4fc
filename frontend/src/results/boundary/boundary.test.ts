import { describe, expect, it } from "vitest";
import { borders, contour, mapPixels, palette } from "./boundary";

describe("boundaries", () => {
  it("cross a field where linear interpolation says", () => {
    // A slope from 0 on the left to 4 on the right: the level 1 lies a quarter of the way.
    expect(contour([0, 4, 0, 4], 2, 2, 1)).toEqual([0.25, 0, 0.25, 1]);
    expect(contour([0, 0, 4, 4], 2, 2, 1)).toEqual([1, 0.25, 0, 0.25]);
    // Three columns and two rows, of which only the last cell is crossed.
    expect(contour([0, 0, 4, 0, 0, 4], 3, 2, 3)).toEqual([1.75, 0, 1.75, 1]);
    expect(contour([0, 0, 0, 0], 2, 2, 1)).toEqual([]);
  });

  it("part a saddle by its middle", () => {
    const low = contour([1, 0, 0, 1], 2, 2, 0.75);
    const high = contour([1, 0, 0, 1], 2, 2, 0.25);
    expect([low.length, high.length]).toEqual([8, 8]);
    // Above the middle's level each high corner is cut off by itself: one piece ends on the lower and left sides.
    expect(low.slice(0, 4)).toEqual([0.25, 0, 0, 0.25]);
    expect(high.slice(0, 4)).toEqual([0.75, 0, 1, 0.25]);
  });

  it("run between cells of different classes", () => {
    expect(borders([0, 1, 0, 1], 2, 2)).toEqual([0.5, -0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1.5]);
    expect(borders([0, 0, 0, 1, 1, 1], 3, 2)).toEqual([-0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1.5, 0.5, 1.5, 0.5, 2.5, 0.5]);
  });

  it("are coloured by class, faintest at a half", () => {
    const colours = palette(2, "light");
    expect(colours[4 * 127 + 3]).toBeLessThan(3);
    expect(colours[3]).toBeGreaterThan(100);
    const numbers = palette(0, "light", [5, 15], [0, 20]);
    // The scale of the targets is cividis: of its 20 units the first output, 5, lies half-way to its middle.
    expect([...numbers.slice(0, 3)]).toEqual([0x00 + 0x7d, 0x22 + 0x7c, 0x4e + 0x78].map((sum) => Math.round(sum / 2)));
  });

  it("are painted from the lowest row up, left to right", () => {
    const colours = Uint8ClampedArray.from({ length: 4 * 256 }, (_, i) => Math.floor(i / 4));
    const pixels = mapPixels(Uint8Array.of(1, 2, 3, 4, 5, 6), 3, 2, colours);
    expect([...pixels].filter((_, i) => i % 4 === 0)).toEqual([4, 5, 6, 1, 2, 3]);
  });
});
