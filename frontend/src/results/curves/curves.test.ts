import { describe, expect, it } from "vitest";
import type { Canvas } from "../../charts/plotLayout";
import { armSeries } from "../../charts/series";
import { run } from "../../state/fixture";
import type { RunState } from "../../state/fold";
import { armTraces, curvesLayout, faintTraces, overlayTraces, type View } from "./curves";

const view: View = { family: "score", spread: "sd", log: false, smoothing: 1, epochs: [0, 10], y: [0.5, 1] };

const canvas: Canvas = { width: 400, height: 200, scheme: "light", zoomable: true };

const drawn = (runs: RunState[], name = "unit norm") => ({
  name,
  colour: "#0072b2",
  series: armSeries(runs, "score"),
});

describe("panel", () => {
  it("draws train solid, test dashed, and fills the gap between them", () => {
    const [train, test] = armTraces(drawn([run(1, [0.9], [0.8])]), view, canvas);
    expect(train).toMatchObject({ name: "unit norm, train", x: [1], y: [0.9], line: { dash: "solid" } });
    expect(test).toMatchObject({ name: "unit norm, test", fill: "tonexty", line: { dash: "dash" } });
  });

  it("draws bands instead of the gap where there are several seeds", () => {
    const traces = armTraces(drawn([run(1, [0.8, 0.9], [0.7, 0.7]), run(2, [0.9, 1], [0.7, 0.8])]), view, canvas);
    expect(traces.map((trace) => trace.fill)).toEqual(["toself", "toself", undefined, undefined]);
    expect(traces[0]?.x).toEqual([1, 2, 2, 1]);
  });

  it("draws the baseline faint, and all arms together without fillings", () => {
    const arms = [drawn([run(1, [0.9], [0.8])], "baseline"), drawn([run(1, [0.9], [0.8])])];
    expect(faintTraces(arms[0] as (typeof arms)[0], view, canvas)[0]?.line?.color).toMatch(/^rgba/);
    expect(overlayTraces(arms, view, canvas).map((trace) => trace.fill)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("gives its axes the range of the view, in logarithms where asked", () => {
    expect(curvesLayout(view, canvas).xaxis).toMatchObject({ type: "linear", range: [0, 10] });
    expect(curvesLayout({ ...view, log: true, epochs: [1, 1000] }, canvas).xaxis).toMatchObject({
      type: "log",
      range: [0, 3],
    });
  });

  it("has a tick at each decade of a loss on a logarithmic axis", () => {
    const loss: View = { ...view, family: "loss", logY: true, y: [0.001, 10] };
    expect(curvesLayout(loss, canvas).yaxis).toMatchObject({
      type: "log",
      range: [-3, 1],
      tickvals: [0.001, 0.01, 0.1, 1, 10],
      ticktext: ["0.001", "0.01", "0.1", "1", "10"],
    });
    const far = curvesLayout({ ...loss, y: [1e-12, 1] }, canvas).yaxis?.ticktext;
    expect(far).toEqual(["1e-12", "1e-10", "1e-8", "1e-6", "0.0001", "0.01", "1"]);
  });

  it("draws every run in one trace, with a hole between runs, and no more points than a browser bears", () => {
    const many = Array.from({ length: 100 }, (_, seed) =>
      run(
        seed,
        Array.from({ length: 2000 }, () => Math.random()),
        Array.from({ length: 2000 }, () => 0.5),
      ),
    );
    const whole: View = { ...view, spread: "runs", epochs: [0, 2000] };
    const traces = armTraces(drawn(many), whole, canvas);
    expect(traces).toHaveLength(4);
    expect(traces[0]?.y.filter(Number.isNaN)).toHaveLength(100);
    expect(traces[0]?.x.length).toBeLessThan(8000);
  });
});

describe("smoothing", () => {
  const smooth: View = { ...view, smoothing: 3 };
  const arm = drawn([run(1, [0, 0.3, 0.9], [0.5, 0.5, 0.5])]);

  it("draws the running mean over the faint raw line", () => {
    const [raw, , train, test] = armTraces(arm, smooth, canvas);
    expect(raw).toMatchObject({ name: "unit norm, unsmoothed, train", y: [0, 0.3, 0.9] });
    expect(raw?.line?.color).toMatch(/^rgba/);
    expect(train?.y.map((value) => value.toFixed(2))).toEqual(["0.15", "0.40", "0.60"]);
    expect(test).toMatchObject({ y: [0.5, 0.5, 0.5], fill: "tonexty" });
  });

  it("is of all arms in one panel, too, raw lines behind all", () => {
    const names = overlayTraces([arm, drawn([], "other")], smooth, canvas).map(({ name }) => name);
    expect(names.findLastIndex((name) => name?.includes("unsmoothed"))).toBe(3);
    expect(names).toHaveLength(8);
  });
});

describe("axes", () => {
  it("zoom along the epochs alone", () => {
    expect(curvesLayout(view, canvas)).toMatchObject({ xaxis: { fixedrange: false }, yaxis: { fixedrange: true } });
  });
});
