import { describe, expect, it } from "vitest";
import { diffTraces } from "./diffTraces";
import { plotLayout } from "./plotLayout";
import type { Trace } from "./plotly";

describe("diffTraces", () => {
  const layout = plotLayout({ width: 400, height: 200 }, "light", {}, {});
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
    expect(diffTraces(before, after)).toEqual([0, 1]);
    expect(diffTraces(before, { data: [before.data[0], after.data[1]] as typeof after.data, layout })).toEqual([1]);
  });
  it("asks for a whole drawing for anything else", () => {
    expect(diffTraces(null, after)).toBeNull();
    expect(diffTraces(before, { ...after, layout: { ...layout } })).toBeNull();
    expect(diffTraces(before, { ...after, data: after.data.slice(1) })).toBeNull();
  });
});
