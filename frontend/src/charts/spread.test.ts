import { describe, expect, it } from "vitest";
import { run } from "../state/fixture";
import { armSeries, type Pool } from "./series";
import { bounds, SPREADS, spreadFactor, studentT } from "./spread";

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
});
