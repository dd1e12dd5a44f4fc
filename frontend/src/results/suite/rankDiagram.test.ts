import { describe, expect, it } from "vitest";
import type { SuiteVerdict } from "../../api/types";
import { improvementFigure } from "./improvement";
import { rankDiagram } from "./rankDiagram";

const arm = (name: string, mean_rank: number | null) => ({ name, mean_rank }) as SuiteVerdict["arms"][number];
const verdict = {
  arms: [arm("baseline", 3), arm("max norm", 1.25), arm("a name that is much too long for so little room", 1.75)],
  groups: [["max norm", "a name that is much too long for so little room"]],
  critical_difference: 1,
};

describe("rankDiagram", () => {
  it("places the best arm at the left, and joins arms that are not told apart", () => {
    const drawn = rankDiagram(verdict, 600);
    if (!drawn) throw new Error("nothing is drawn");
    const { from, to } = drawn.axis;
    const place = (rank: number) => from + ((rank - 1) / 2) * (to - from);
    expect(drawn.ticks.map(({ text }) => text)).toEqual(["1", "2", "3"]);
    expect(drawn.bars).toEqual([{ y: expect.any(Number), from: place(1.25), to: place(1.75) }]);
    expect(drawn.critical).toMatchObject({ from, to: place(2), text: "1.00" });
    expect(drawn.labels.map(({ arm, anchor }) => [arm, anchor])).toEqual([
      [1, "end"],
      [2, "end"],
      [0, "start"],
    ]);
    expect(drawn.labels[0]?.text).toBe("max norm 1.25");
    expect(drawn.labels[1]?.text).toMatch(/…\s1\.75$/);
  });

  it("is not drawn before there are ranks or room", () => {
    expect(rankDiagram({ ...verdict, critical_difference: null }, 600)).toBeNull();
    expect(rankDiagram({ ...verdict, arms: [arm("baseline", null)] }, 600)).toBeNull();
    expect(rankDiagram(verdict, 0)).toBeNull();
  });
});

it("draws a probability of improvement with its interval for every arm but the baseline", () => {
  const improvement = { value: 0.7, low: 0.6, high: 0.8 };
  const arms = [
    { ...arm("baseline", 2), improvement: null },
    { ...arm("max norm", 1), improvement },
  ];
  const drawn = improvementFigure(arms, { width: 500, scheme: "light" });
  expect(drawn?.data.slice(1).map(({ x }) => x)).toEqual([[0.6, 0.8], [0.7]]);
  expect(drawn?.layout.yaxis.ticktext).toEqual(["max norm"]);
  expect(improvementFigure(arms.slice(0, 1), { width: 500, scheme: "light" })).toBeNull();
});
