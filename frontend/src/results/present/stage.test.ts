import { describe, expect, it } from "vitest";
import { columnsOf, firstArms, heightsOf, MOST_ARMS, toggled, zoomFor } from "./stage";

describe("zoomFor", () => {
  it("enlarges with the screen, and less the more arms stand beside one another", () => {
    expect(zoomFor(1280, 800, 2)).toBeCloseTo(1.25);
    expect(zoomFor(1920, 1080, 2)).toBeCloseTo(1.7);
    expect(zoomFor(1280, 800, 4)).toBeLessThan(zoomFor(1280, 800, 3));
  });

  it("never makes smaller, nor larger than threefold", () => {
    expect(zoomFor(600, 400, 4)).toBe(1);
    expect(zoomFor(9000, 5000, 1)).toBe(3);
  });
});

describe("columnsOf", () => {
  it("puts arms below each other where they would be too narrow", () => {
    expect([390, 768, 1280].map((width) => columnsOf(width, 4))).toEqual([1, 3, 4]);
    expect(columnsOf(200, 2)).toBe(1);
    expect(heightsOf(0, true).maps).toBeGreaterThan(200);
    expect(heightsOf(0, false).maps).toBe(0);
  });
});

describe("heightsOf", () => {
  it("shares the stage between curves and maps, or gives it to the curves", () => {
    const both = heightsOf(500, true);
    expect(both.curves + both.maps).toBeLessThan(500);
    expect(both.maps).toBeGreaterThan(both.curves);
    expect(heightsOf(500, false)).toEqual({ curves: 430, maps: 0 });
  });

  it("keeps charts that can be read on a stage that is too low", () => {
    expect(Math.min(heightsOf(100, true).curves, heightsOf(100, true).maps)).toBeGreaterThan(100);
  });
});

describe("arms shown", () => {
  const names = ["a", "b", "c", "d", "e"];

  it("begin with all that fit, or with the baseline and the next two", () => {
    expect(firstArms(names)).toEqual(["a", "b", "c"]);
    expect(firstArms(names.slice(0, MOST_ARMS))).toEqual(names.slice(0, MOST_ARMS));
    expect(firstArms(["a"])).toEqual(["a"]);
  });

  it("keep their order, are never none and never too many", () => {
    expect(toggled(["a", "c"], "b", names)).toEqual(["a", "b", "c"]);
    expect(toggled(["a", "c"], "a", names)).toEqual(["c"]);
    expect(toggled(["c"], "c", names)).toEqual(["c"]);
    const most = names.slice(0, MOST_ARMS);
    expect(toggled(most, "e", names)).toEqual(most);
  });
});
