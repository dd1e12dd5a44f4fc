import { describe, expect, it } from "vitest";
import { armSeries } from "../../charts/series";
import type { ArmState } from "../../state/arms";
import { run } from "../../state/fixture";
import { sameCurves } from "./sameCurves";

const drawn = (name: string, ...tests: number[][]) => ({
  name,
  colour: "#0072b2",
  series: armSeries(
    tests.map((test, seed) => run(seed, [0.5, 0.9], test)),
    "score",
  ),
});
const arms = (...statuses: string[]) => statuses.map((status) => ({ status }) as ArmState);

describe("sameCurves", () => {
  const equal = [drawn("baseline", [0.1, 0.2]), drawn("unit norm", [0.3, 0.4]), drawn("min-max norm", [0.3, 0.4])];

  it("names the first arm before that is equal in every epoch", () => {
    expect(sameCurves(arms("finished", "finished", "finished"), equal)).toEqual([null, null, "unit norm"]);
  });

  it("says nothing of arms that may yet differ", () => {
    expect(sameCurves(arms("finished", "finished", "running"), equal)).toEqual([null, null, null]);
    expect(sameCurves(arms("finished", "running", "finished"), equal)).toEqual([null, null, null]);
  });

  it("is not misled by equal means of different runs", () => {
    const means = [drawn("one", [0.2, 0.2], [0.4, 0.4]), drawn("other", [0.4, 0.4], [0.2, 0.2])];
    expect(sameCurves(arms("finished", "finished"), means)).toEqual([null, null]);
  });
});
