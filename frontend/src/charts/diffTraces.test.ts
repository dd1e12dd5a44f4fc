import { describe, expect, it } from "vitest";
import { movedTraces } from "./diffTraces";
import { frame } from "./plotLayout";
import type { Trace } from "./plotly";

describe("movedTraces", () => {
  const layout = frame({ width: 400, height: 200 }, "light", {}, {});
  const trace = (name: string, y: number[]): Trace => ({
    type: "scatter",
    mode: "lines",
    name,
    x: y.map((_, i) => i + 1),
    y,
    hoverinfo: "skip",
  });
  const before = { data: [trace("train", [0.9]), trace("test", [0.8])], layout };
  const after = { data: [trace("train", [0.9, 1]), trace("test", [0.8, 0.8])], layout };

  it("names the traces with new points where nothing else has changed", () => {
    expect(movedTraces(before, after)).toEqual([0, 1]);
    expect(movedTraces(before, { data: [before.data[0], after.data[1]] as typeof after.data, layout })).toEqual([1]);
  });
  it("asks for a whole drawing for anything else", () => {
    expect(movedTraces(null, after)).toBeNull();
    expect(movedTraces(before, { ...after, layout: { ...layout } })).toBeNull();
    expect(movedTraces(before, { ...after, data: after.data.slice(1) })).toBeNull();
  });
});
