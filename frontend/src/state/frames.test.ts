import { describe, expect, it } from "vitest";
import { floats, geometry, frames as view } from "./fixture";
import { allEpochs, frameOf, framesOf } from "./frames";

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
  });

  it("puts the epochs of several arms together", () => {
    expect(allEpochs([[0, 1, 4], [], [0, 2, 4]])).toEqual([0, 1, 2, 4]);
  });
});
