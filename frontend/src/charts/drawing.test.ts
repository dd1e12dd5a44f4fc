import { describe, expect, it } from "vitest";
import { placeX, placeY, roomFor, ticks } from "./drawing";

describe("axes", () => {
  it("have few round numbers", () => {
    expect(ticks(0, 1, 6)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(-2.5, 2.5, 6)).toEqual([-2, -1, 0, 1, 2]);
    expect(ticks(0, 0.034, 5)).toEqual([0, 0.01, 0.02, 0.03]);
    expect(ticks(0, 180, 4)).toEqual([0, 100]);
    expect(ticks(1, 1, 4)).toEqual([1]);
  });

  it("take few ranges, all of them with some room", () => {
    for (const value of [0.013, 0.99, 1, 2.05, 7.9, 1234]) {
      expect(roomFor(value)).toBeGreaterThan(value * 1.03);
      expect(roomFor(value)).toBeLessThan(value * 1.5);
    }
    expect(roomFor(2.0)).toBe(roomFor(2.3));
    expect(roomFor(0)).toBe(1);
  });

  it("place their numbers in pixels, upwards", () => {
    const area = { left: 10, top: 20, width: 100, height: 50, x: [0, 2], y: [-1, 1] } as const;
    expect([placeX(area, 1), placeY(area, 1), placeY(area, -1)]).toEqual([60, 20, 70]);
  });
});
