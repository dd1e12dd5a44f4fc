import { describe, expect, it } from "vitest";
import { floats, geometry, frames as view } from "../../state/fixture";
import { framesOf } from "../../state/frames";
import { imagePixels, planeExtent, pointsAt, unitsAt, wideExtent } from "./weights";

describe("pictures of weights", () => {
  it("are blue below zero, red above, and clear at it", () => {
    const images = { height: 1, width: 3, channels: 1, values: Float32Array.of(9, 9, 9, -1, 0, 2) };
    const pixels = imagePixels(images, 1, 1, 0, 2);
    const [below, zero, above] = [0, 1, 2].map((i) => [...pixels.slice(4 * i, 4 * i + 4)]);
    expect((below?.[2] ?? 0) > (below?.[0] ?? 0)).toBe(true);
    expect(zero?.[3]).toBe(0);
    expect(above).toEqual([178, 24, 43, 255]);
  });
});

describe("units between two frames", () => {
  it("go straight where the set is convex", () => {
    const points = pointsAt(Float32Array.of(0, 0, 4, 2), 2, 1, 0.5);
    expect([...points]).toEqual([2, 1]);
    expect([...pointsAt(Float32Array.of(0, 0, 4, 2), 2, 1, 7)]).toEqual([4, 2]);
  });

  it("go around the origin where straight lines would leave the set", () => {
    const { geometry: ring } = framesOf(view);
    if (ring?.kind !== "plane") throw new Error("no plane");
    for (const place of [0, 0.25, 0.5, 0.9, 1]) {
      const points = unitsAt(ring, 2, place);
      expect(Math.hypot(points[0] as number, points[1] as number)).toBeCloseTo(1, 6);
    }
    const [x, y] = unitsAt(ring, 2, 0.5);
    expect([x, y]).toEqual([Math.SQRT1_2, Math.SQRT1_2].map((value) => expect.closeTo(value, 6)));
  });

  it("find room on axes that all arms share", () => {
    const near = framesOf({
      ...view,
      geometry: { ...geometry, feasible: [{ shape: "ring", inner: 0, outer: 1.8 }] },
    });
    const far = framesOf({
      ...view,
      geometry: { ...geometry, feasible: [{ shape: "ring", inner: 0, outer: 30 }] },
    });
    expect(planeExtent([near])).toBe(2);
    expect(planeExtent([far])).toBeLessThan(2);
  });

  it("find room for wide geometry on axes that all arms share", () => {
    const wide = framesOf({
      ...view,
      geometry: {
        ...geometry,
        kind: "wide",
        components: floats([1, 2, 3, 4, 5, 6, 7, -8]),
        explained: [0.5, 0.2],
      },
    });
    expect(wideExtent([wide]).component).toBeGreaterThanOrEqual(8);
  });
});
