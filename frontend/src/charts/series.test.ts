import { describe, expect, it } from "vitest";
import { Column } from "../state/column";
import { run } from "../state/fixture";
import { ArmFollowing, armSeries, type Pool, valueAt } from "./series";
import { bounds, SPREADS } from "./spread";

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

  it("is over all draws of the rows, each with the same seeds", () => {
    const runs = [0.5, 0.7, 0.9].map((score, i) => ({ ...run(1, [score], [score]), draw: i + 1 }));
    const { test } = armSeries(runs, "score");
    expect([...test.mean]).toEqual([expect.closeTo(0.7, 12)]);
    expect(test.pool?.count[0]).toBe(3);
  });

  it("leaves out runs that have not begun, and figures that are not finite", () => {
    const { train } = armSeries([run(1, [0.5, null], [0, 0]), run(2, [], []), run(3, [0.7, 0.9], [0, 0])], "score");
    expect([...train.mean].map((value) => value.toFixed(2))).toEqual(["0.60", "0.90"]);
  });

  it("ends the scores of a run that diverged where its loss ends", () => {
    const losses = Column.of([2, 9, null, null]);
    const lost = { ...run(1, [0.5, 0.4, 0.1, 0.1], [0.5, 0.3, 0.1, 0.1]), divergedAt: 3 };
    const diverged = { ...lost, curves: { ...lost.curves, train_loss: losses, test_loss: losses } };
    const { train, test } = armSeries([diverged], "score");
    expect([[...train.mean], [...test.mean]]).toEqual([
      [0.5, 0.4, Number.NaN, Number.NaN],
      [0.5, 0.3, Number.NaN, Number.NaN],
    ]);
    const both = armSeries([diverged, run(2, [0.7, 0.8, 0.9, 1], [0, 0, 0, 0])], "score").train;
    expect([...both.mean]).toEqual(like([0.6, 0.6, 0.9, 1]));
    expect([...(both.pool?.count ?? [])]).toEqual([2, 2, 1, 1]);
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
  it("reads a whole curve at the epochs of a thinned one that goes as far, whichever comes first", () => {
    const thinned = run(1, [0, 1], [0, 0], [1, 3]);
    const whole = run(2, [0, 9, 0.5], [0, 0, 0]);
    for (const runs of [
      [thinned, whole],
      [whole, thinned],
    ]) {
      const { train } = armSeries(runs, "score");
      expect([[...train.epoch], [...train.mean]]).toEqual([
        [1, 3],
        [0, 0.75],
      ]);
    }
  });
});
