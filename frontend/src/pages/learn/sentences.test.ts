import { describe, expect, it } from "vitest";
import type { Facts, Lengths, LossPath } from "./figures";
import { axis, bias, norms, overfitting, recurrent, repeats, type Seen, type TwoScores } from "./sentences";

const facts: Facts = {
  train: 30,
  test: 70,
  epochs: 100,
  units: 2,
  draws: 4,
  symbols: 4,
  steps: 12,
  limit: 0.5,
};
const path: LossPath = {
  first: 0.7,
  lowest: 0.25,
  lowestAt: 1200,
  last: 0.325,
  trainLast: 0.003,
  trainScore: 1,
  testScore: 0.929,
};
const text = ({ sentences, takeaway }: Seen) => [...sentences, ...takeaway].join(" ");
const lengths = (units: number[], inputs: number[] = [1, 1]): Lengths => ({ epoch: 100, units, inputs });
const scores = (free: number, limited: number): TwoScores => ({ score: "accuracy", free, limited });

describe("overfitting", () => {
  it("names the epoch from which the test loss rose", () => {
    const seen = overfitting(path);
    expect(seen.answer).toBe("rises");
    expect(text(seen)).toContain(
      "ended at 0.003. The test loss was lowest at epoch 1,200, at 0.250, and ended at 0.325.",
    );
    expect(text(seen)).toContain("1.000 on the rows it trained on, 0.929 on the others");
    expect(text(seen)).toContain("After epoch 1,200 the network went on learning its own rows");
  });

  it("says so where the test loss did not turn", () => {
    const seen = overfitting({ ...path, last: 0.26 });
    expect(seen.answer).toBe("falls");
    expect(text(seen)).toContain("did not turn");
    expect(text(seen)).not.toContain("That is overfitting");
    expect(overfitting({ ...path, first: 0.26, last: 0.26 }).answer).toBe("flat");
  });
});

describe("norms", () => {
  const arms = { limit: 1, free: lengths([0.2, 2.5]), max: lengths([0.2, 1]), unit: lengths([1, 0.9999999]) };

  it("counts units at the limit and below it", () => {
    const seen = norms(arms);
    expect(seen.answer).toBe("below");
    expect(text(seen)).toContain("Without a constraint the lengths run from 0.20 to 2.50.");
    expect(text(seen)).toContain("Under max norm 1, 1 of 2 units ended at 1 and 1 below it.");
    expect(text(seen)).toContain("Under unit norm all of 2 have a length of 1.");
    expect(text(seen)).toContain("without it 1 of 2 units would be shorter than 1");
  });

  it("tells other outcomes", () => {
    expect(norms({ ...arms, max: lengths([1, 1]) }).answer).toBe("exact");
    const above = norms({ ...arms, max: lengths([1.2, 1]), free: lengths([2, 3]) });
    expect(above.answer).toBe("any");
    expect(text(above)).toContain("1 of 2 units ended longer than 1");
    expect(text(above)).toContain("not what max norm promises");
    expect(text(above)).toContain("makes all of them shorter");
    expect(text(norms({ ...arms, unit: lengths([1, 0.5]) }))).toContain("Under unit norm 1 of 2 have");
  });
});

describe("axis", () => {
  const zero = lengths([1, 1], [1.1, 0.9]);

  it("says which lengths were fixed", () => {
    const seen = axis({ zero, one: lengths([0.6, 0.8], [1, 1]) });
    expect(seen.answer).toBe("inputs");
    expect(text(seen)).toContain("Over axis 0, the lengths of the 2 units run from 1.00 to 1.00");
    expect(text(seen)).toContain("Over axis 1, those of the units run from 0.60 to 0.80");
    expect(text(seen)).toContain(
      "fixed each input's weights at 1. A unit's own weights have a length of 0.70 on average",
    );
    expect(axis({ zero, one: lengths([1, 1], [0.9, 1.1]) }).answer).toBe("units");
    expect(axis({ zero, one: lengths([1, 1], [1, 1]) }).answer).toBe("both");
    expect(text(axis({ zero, one: lengths([2, 1], [1.5, 1]) }))).toContain("neither the units' nor the inputs'");
  });
});

describe("bias and recurrent", () => {
  it("say what was lost, in the score's name", () => {
    const seen = bias({ score: "r2", free: 0.92, limited: 0.625 }, facts);
    expect(seen.answer).toBe("worse");
    expect(text(seen)).toContain("Test r²: 0.920 with free biases, 0.625 with each within 0.5 of 0.");
    expect(text(seen)).toContain("A ReLU unit bends");
    const forgot = recurrent(scores(0.99, 0.23), facts);
    expect(forgot.answer).toBe("worse");
    expect(text(forgot)).toContain("lengths of at most 0.5. Guessing among 4 symbols gets 0.250.");
    expect(text(forgot)).toContain("each of the 12 steps");
  });

  it("claim nothing where the run came out otherwise", () => {
    for (const build of [bias, recurrent]) {
      const same = build(scores(0.9, 0.87), facts);
      expect(same.answer).toBe("same");
      expect(text(same)).toContain("next to no difference");
      const better = build(scores(0.7, 0.9), facts);
      expect(better.answer).toBe("better");
      expect(text(better)).toContain("did better. That is one run");
      for (const seen of [same, better]) expect(text(seen)).not.toMatch(/bends|forgets/);
    }
  });
});

describe("repeats", () => {
  it("counts the draws and quotes the extremes", () => {
    const seen = repeats([3, 0, -2, 1], facts);
    expect(seen.answer).toBe("mixed");
    expect(text(seen)).toContain("more of the 70 test rows right on 2 draws, fewer on 1, as many on 1.");
    expect(text(seen)).toContain("from −2 to +3 rows; its mean is +0.5.");
    expect(text(seen)).toContain("a gain of 3 rows or a loss of 2 rows");
  });

  it("says so where the draws agree", () => {
    const seen = repeats([1, 2, 1, 1], facts);
    expect(seen.answer).toBe("all");
    expect(text(seen)).toContain("no two draws disagree");
    expect(text(seen)).not.toContain("a loss of");
    expect(repeats([1, 1, 1, 1, 0], facts).answer).toBe("most");
    expect(repeats([-1, -1, 0, 0, 0], facts).answer).toBe("few");
    expect(text(repeats([-2, -1], facts))).toContain("its mean is −1.5");
  });
});
