import { describe, expect, it } from "vitest";
import type { PointsSample, Preview } from "../api/types";
import { armTraces, type Canvas, curvesLayout, faintTraces, overlayTraces, type View } from "../results/curves/curves";
import { sharedRange } from "../results/curves/ranges";
import { Column } from "../state/column";
import type { RunState } from "../state/fold";
import { movedTraces } from "./diffTraces";
import { armColour } from "./palette";
import { scatterFigure } from "./scatter";
import { ArmFollowing, armSeries, type Pool, valueAt } from "./series";
import { bounds, SPREADS, spreadFactor, studentT } from "./spread";

function run(seed: number, train: (number | null)[], test: (number | null)[], epochs?: number[]): RunState {
  const epoch = Column.of(epochs ?? train.map((_, i) => i + 1));
  const [trained, tested] = [Column.of(train), Column.of(test)];
  return {
    arm: "unit norm",
    seed,
    status: "running",
    epochsDone: epoch.length,
    epochs: 10,
    curves: { epoch, train_score: trained, test_score: tested, train_loss: trained, test_loss: tested },
    figures: null,
    seconds: null,
    error: null,
    log: null,
    weights: null,
    metrics: null,
    bestEpoch: null,
    divergedAt: null,
  };
}

const view: View = { family: "score", spread: "sd", log: false, epochs: [0, 10], y: [0.5, 1] };
const canvas: Canvas = { width: 400, height: 200, scheme: "light", zoomable: true };
const drawn = (runs: RunState[], name = "unit norm") => ({
  name,
  colour: "#0072b2",
  series: armSeries(runs, "score"),
});

const like = (values: Iterable<number>) =>
  Array.from(values, (value) => (Number.isNaN(value) ? Number.NaN : expect.closeTo(value, 12)));

describe("armSeries", () => {
  it("is the run's own curve for one seed", () => {
    const { train } = armSeries([run(1, [0.5, 0.75], [0.25, 0.5])], "score");
    expect([...train.mean]).toEqual([0.5, 0.75]);
    expect(train.pool).toBeNull();
  });

  it("is mean and deviation over the runs that have reached an epoch", () => {
    const { test } = armSeries([run(1, [0, 0, 0], [0.5, 1, 0.75]), run(2, [0, 0], [1, 1])], "score");
    expect([...test.mean]).toEqual([0.75, 1, 0.75]);
    const { lower, upper } = bounds(test.pool as Pool, "sd");
    expect([...upper].map((value, i) => value - (test.mean[i] as number))).toEqual([
      expect.closeTo(Math.SQRT1_2 / 2, 12),
      0,
      Number.NaN,
    ]);
    expect(lower[0]).toBeCloseTo(0.75 - Math.SQRT1_2 / 2, 12);
  });

  it("leaves out runs that have not begun, and figures that are not finite", () => {
    const { train } = armSeries([run(1, [0.5, null], [0, 0]), run(2, [], []), run(3, [0.7, 0.9], [0, 0])], "score");
    expect([...train.mean].map((value) => value.toFixed(2))).toEqual(["0.60", "0.90"]);
  });

  it("reads thinned curves between their epochs", () => {
    const epochs = Float64Array.of(1, 5, 10);
    const figures = Float64Array.of(0, 0.4, 0.9);
    expect([0, 1, 3, 5, 10, 11].map((epoch) => valueAt(epochs, figures, epoch))).toEqual([
      Number.NaN,
      0,
      0.2,
      0.4,
      0.9,
      Number.NaN,
    ]);
  });
});

describe("ArmFollowing", () => {
  it("gives, chunk by chunk of interleaved runs, what all of them give at once", () => {
    const draw = (seed: number, length: number) =>
      Array.from({ length }, (_, i) => (i % 7 === seed ? null : Math.sin(seed * 12.9 + i * 78.2)));
    const lengths = [40, 25, 40];
    const following = new ArmFollowing();
    for (let reached = 1; reached <= 40; reached++) {
      const runs = lengths.map((length, seed) => {
        const now = Math.min(length, Math.max(0, reached - 3 * seed));
        return run(seed, draw(seed, now), draw(seed + 3, now));
      });
      const [grown, whole] = [following.series(runs, "score"), armSeries(runs, "score")];
      for (const part of ["train", "test"] as const) {
        expect([...grown[part].mean]).toEqual(like(whole[part].mean));
        for (const kind of SPREADS) {
          const [a, b] = [grown[part].pool, whole[part].pool].map((pool) => pool && bounds(pool, kind));
          expect([...(a?.upper ?? [])]).toEqual(like(b?.upper ?? []));
        }
      }
    }
  });

  it("begins anew where a run's curve is not the one that it had", () => {
    const following = new ArmFollowing();
    following.series([run(1, [0.5, 0.5], [0, 0]), run(2, [0.5, 0.5], [0, 0])], "score");
    const { train } = following.series([run(1, [0.5], [0]), run(2, [0.7, 0.9], [0, 0])], "score");
    expect([...train.mean]).toEqual([0.6, 0.9].map((value) => expect.closeTo(value, 12)));
  });

  it("reads thinned curves at the epochs of the longest", () => {
    const { train } = armSeries([run(1, [0, 1], [0, 0], [1, 11]), run(2, [0, 0.5, 0], [0, 0, 0], [1, 6, 11])], "score");
    expect([...train.mean]).toEqual([0, 0.5]);
  });
});

describe("spread", () => {
  it("has Student's quantiles, tabulated or by expansion", () => {
    // R 4: qt(0.975, c(1, 4, 9, 10, 19, 29, 99))
    const known = [12.7062, 2.77645, 2.26216, 2.22814, 2.09302, 2.04523, 1.98422];
    expect([1, 4, 9, 10, 19, 29, 99].map(studentT)).toEqual(known.map((value) => expect.closeTo(value, 3)));
    expect(studentT(0)).toBeNaN();
  });

  it("makes each kind's band of the same runs", () => {
    const runs = [0.6, 0.7, 0.8, 0.9].map((value, seed) => run(seed, [value], [value]));
    const pool = armSeries(runs, "score").train.pool as Pool;
    const sd = Math.sqrt(0.05 / 3);
    const half = { sd, se: sd / 2, ci: (3.182446 * sd) / 2, range: 0.15, runs: 0.15 };
    for (const kind of SPREADS) {
      const { lower, upper } = bounds(pool, kind);
      expect([lower[0], upper[0]]).toEqual([
        expect.closeTo(0.75 - half[kind], 9),
        expect.closeTo(0.75 + half[kind], 9),
      ]);
    }
    expect(spreadFactor("ci", 1)).toBeNaN();
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

describe("sharedRange", () => {
  const of = (values: number[]) => [armSeries([run(1, values, values)], "score")];
  it("takes few values, whatever arrives", () => {
    expect(sharedRange([], "score", "accuracy")[0]).toBe(0.5);
    expect(sharedRange(of([0.6, 1]), "score", "accuracy")).toEqual([0.5, 1.015]);
    expect(sharedRange(of([0.49]), "score", "accuracy")[0]).toBe(0.25);
    expect(sharedRange(of([0.1]), "score", "accuracy")[0]).toBe(0);
    expect(sharedRange(of([0.69, 0.2]), "loss", "accuracy")).toEqual([0, 0.8]);
    expect(sharedRange(of([Number.NaN]), "loss", "accuracy")).toEqual([0, 1]);
  });
  it("makes room for the extremes where those are drawn", () => {
    const arms = [armSeries([run(1, [0.9], [0.9]), run(2, [0.4], [0.9])], "score")];
    expect(sharedRange(arms, "score", "accuracy")[0]).toBe(0.5);
    expect(sharedRange(arms, "score", "accuracy", "range")[0]).toBe(0.25);
    const late = Array.from({ length: 40 }, (_, i) => (i === 0 ? 0.2 : 0.9));
    const soon = late.with(0, 0.9);
    const start = [armSeries([run(1, late, late), run(2, soon, soon)], "score")];
    expect(sharedRange(start, "score", "accuracy", "range")[0]).toBe(0.5);
  });
  it("goes below zero for r², but not without end", () => {
    expect(sharedRange(of([0.2, 0.9]), "score", "r2")).toEqual([0, 1.03]);
    expect(sharedRange(of([-0.2, 0.9]), "score", "r2")[0]).toBe(-0.5);
    expect(sharedRange(of([-40, 0.9]), "score", "r2")[0]).toBe(-1);
  });
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
});

describe("movedTraces", () => {
  const layout = curvesLayout(view, canvas);
  const before = { data: armTraces(drawn([run(1, [0.9], [0.8])]), view, canvas), layout };
  const after = { data: armTraces(drawn([run(1, [0.9, 1], [0.8, 0.8])]), view, canvas), layout };
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

describe("palette", () => {
  it("keeps grey for the baseline and a colour for each arm", () => {
    const colours = Array.from({ length: 8 }, (_, i) => armColour(i, "light"));
    expect(new Set(colours).size).toBe(8);
    expect(armColour(8, "light")).toBe(armColour(1, "light"));
  });
});

describe("scatterFigure", () => {
  const sample: PointsSample = {
    kind: "points",
    axes: ["x1", "x2"],
    points: [
      [0, 1],
      [2, 3],
      [4, 5],
    ],
    y: [0, 1, 1],
    part: ["train", "test", "test"],
  };
  const preview = {
    task: "binary",
    classes: 2,
    class_names: ["no", "yes"],
    feature_names: ["x1", "x2"],
    rows: 3,
    sample,
  } as unknown as Preview;

  it("tells classes by colour and shape, training rows by filling", () => {
    const { data, layout } = scatterFigure(preview, sample, { width: 300, height: 200 }, "dark");
    const shown = data.map((trace) => [trace.name, trace.marker?.symbol, trace.x]);
    expect(shown).toEqual([
      ["no, test", "circle-open", []],
      ["yes, test", "diamond-open", [2, 4]],
      ["no, validation", "circle-open", []],
      ["yes, validation", "diamond-open", []],
      ["no, train", "circle", [0]],
      ["yes, train", "diamond", []],
    ]);
    expect(layout.yaxis).toMatchObject({ scaleanchor: "x" });
  });

  it("tells a target by colour, or by height where there is one feature", () => {
    const target = { min: -1, mean: 0, max: 1, std: 1 };
    const regression = { ...preview, task: "regression", classes: 0, class_names: [], target } as Preview;
    const size = { width: 300, height: 200 };
    const shaded = scatterFigure(regression, { ...sample, y: [0.5, -1, 1] }, size, "light");
    const [test] = shaded.data;
    expect(test).toMatchObject({ name: "test", marker: { color: [-1, 1], cmin: -1, cmax: 1 } });
    const curve = scatterFigure({ ...regression, feature_names: ["x1"] }, sample, size, "light");
    expect(curve.data[0]?.marker?.color).toBe("#0072b2");
    expect(curve.layout.yaxis).not.toHaveProperty("scaleanchor");
  });
});
