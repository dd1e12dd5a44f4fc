import { describe, expect, it } from "vitest";
import type { WrittenFrames } from "../api/types";
import { planeReach, pointsAt, unitsAt, wideReach } from "../results/weights/weights";
import { allEpochs, frameOf, framesOf } from "./frames";

const packed = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
const floats = (values: number[]) => packed(new Uint8Array(Float32Array.from(values).buffer));

const geometry: WrittenFrames["geometry"] & object = {
  kind: "plane",
  layer: "hidden",
  weight: "kernel",
  units: 2,
  shown: 2,
  inputs: 2,
  constraint: { kind: "unit_norm", axis: null },
  words: "unit norm, each unit",
  values: floats([1, 0, 0, -1, 0, 1, 0, 1]),
};

const view: WrittenFrames = {
  arm: "unit norm",
  seed: 1,
  last_event_id: "1-0",
  epoch: [0, 1],
  norms: [{ layer: "hidden", weight: "kernel", groups: 2, shown: 2, values: floats([1, 1, 0.5, 2]) }],
  geometry,
  boundary: {
    kind: "plane",
    x: [0, 1],
    y: [0, 1],
    columns: 2,
    rows: 1,
    classes: 2,
    low: [0, 0],
    high: [1, 1],
    values: packed(Uint8Array.of(0, 255, 128, 7)),
  },
  points: null,
};

describe("framesOf", () => {
  it("unpacks little-endian numbers, frame by frame", () => {
    const frames = framesOf(view);
    const [norms] = frames.norms;
    expect([...frameOf(norms?.values as Float32Array, 1, 2)]).toEqual([0.5, 2]);
    expect([...frameOf(frames.boundary?.values as Uint8Array, 1, 2)]).toEqual([128, 7]);
    expect(frames.geometry?.values).toHaveLength(8);
  });

  it("unpacks wide geometry with its pictures", () => {
    const wide = framesOf({
      ...view,
      geometry: {
        ...geometry,
        kind: "wide",
        components: floats([1, 2, 3, 4, 5, 6, 7, -8]),
        explained: [0.5, 0.2],
        images: { height: 1, width: 2, channels: 1, values: floats([1, 2, 3, 4, 5, 6, 7, 8]) },
      },
    });
    expect(wide.geometry).toMatchObject({ kind: "wide", images: { values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) } });
    expect(wideReach([wide]).component).toBeGreaterThanOrEqual(8);
  });

  it("puts the epochs of several arms together", () => {
    expect(allEpochs([[0, 1, 4], [], [0, 2, 4]])).toEqual([0, 1, 2, 4]);
  });
});

describe("units between two frames", () => {
  it("go straight where the set is convex", () => {
    const points = pointsAt(Float32Array.of(0, 0, 4, 2), 2, 1, 0.5);
    expect([...points]).toEqual([2, 1]);
    expect([...pointsAt(Float32Array.of(0, 0, 4, 2), 2, 1, 7)]).toEqual([4, 2]);
  });

  it("go around the origin where straight lines would leave the set", () => {
    const frames = framesOf(view);
    if (!frames.geometry) throw new Error("no geometry");
    for (const place of [0, 0.25, 0.5, 0.9, 1]) {
      const points = unitsAt(frames.geometry, 2, place);
      expect(Math.hypot(points[0] as number, points[1] as number)).toBeCloseTo(1, 6);
    }
    const [x, y] = unitsAt(frames.geometry, 2, 0.5);
    expect([x, y]).toEqual([Math.SQRT1_2, Math.SQRT1_2].map((value) => expect.closeTo(value, 6)));
  });

  it("find room on axes that all arms share", () => {
    const near = framesOf({
      ...view,
      geometry: { ...geometry, constraint: { kind: "max_norm", max_value: 1.8, axis: null } },
    });
    const far = framesOf({
      ...view,
      geometry: { ...geometry, constraint: { kind: "max_norm", max_value: 30, axis: null } },
    });
    expect(planeReach([near])).toBe(2);
    expect(planeReach([far])).toBeLessThan(2);
  });
});
