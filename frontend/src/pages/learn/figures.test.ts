import { describe, expect, it } from "vitest";
import type { ExperimentView } from "../../api/types";
import type { ArmState } from "../../state/arms";
import { Column } from "../../state/column";
import type { RunState } from "../../state/fold";
import type { Frames } from "../../state/frames";
import { attempts, nextLesson, withAttempt } from "./attempts";
import { factsOf, lengthsOf, lossPath, rowsGained } from "./figures";
import { LESSONS } from "./lessons";
import { stacked } from "./stacked";

const column = (values: number[]) => Column.of(values);

describe("factsOf", () => {
  it("reads what the texts name, and the limit wherever an arm has it", () => {
    const posted = {
      dataset: { kind: "delayed_recall", n_samples: 200, symbols: 4, steps: 12 },
      split: { train: 120, draws: 16 },
      network: { layers: [{ units: 16 }] },
      training: { epochs: 40 },
      arms: [
        { name: "baseline", changes: {} },
        { name: "short", changes: { layers: { memory: { recurrent_constraint: { max_value: 0.3 } } } } },
      ],
    } as unknown as ExperimentView["experiment"];
    expect(factsOf(posted)).toEqual({
      train: 120,
      test: 80,
      epochs: 40,
      units: 16,
      draws: 16,
      symbols: 4,
      steps: 12,
      limit: 0.3,
    });
  });
});

describe("lossPath", () => {
  const curves = { epoch: column([1, 2, 3]), test_loss: column([0.7, 0.2, 0.4]) } as unknown as RunState["curves"];
  const figures = { train_loss: 0.1, test_loss: 0.4, train_score: 1, test_score: 0.9 };

  it("finds the lowest test loss and its epoch", () => {
    expect(lossPath({ curves, figures })).toMatchObject({ first: expect.closeTo(0.7), lowestAt: 2, last: 0.4 });
    expect(lossPath({ curves, figures })?.lowest).toBeCloseTo(0.2);
  });

  it("is null before the end, and where the run diverged", () => {
    expect(lossPath(undefined)).toBeNull();
    expect(lossPath({ curves, figures: null })).toBeNull();
    expect(lossPath({ curves, figures: { ...figures, test_loss: null } })).toBeNull();
  });
});

describe("lengthsOf", () => {
  const plane = { kind: "plane", shown: 2, units: 2, values: Float32Array.of(9, 9, 9, 9, 3, 4, 0, 1) };
  const frames = { epoch: [0, 50], geometry: plane } as unknown as Frames;

  it("are those of the last frame, by unit and by input", () => {
    const lengths = lengthsOf(frames);
    expect(lengths).toMatchObject({ epoch: 50, units: [5, 1], inputs: [3, expect.closeTo(Math.sqrt(17))] });
  });

  it("are null where not all units are shown", () => {
    expect(lengthsOf({ ...frames, geometry: { ...plane, units: 3 } } as unknown as Frames)).toBeNull();
    expect(lengthsOf(null)).toBeNull();
  });
});

describe("rowsGained", () => {
  const arm = (scores: (number | null)[]) =>
    ({
      runs: scores.map((test_score, i) => ({
        draw: i + 1,
        seed: 1,
        figures: test_score === null ? null : { test_score },
      })),
    }) as unknown as ArmState;

  it("pairs the arms by draw, and waits for both", () => {
    expect(rowsGained([arm([0.9, 0.8, 0.7, null]), arm([0.95, 0.7, null, 0.9])], 20)).toEqual([1, -2]);
    expect(rowsGained([], 20)).toEqual([]);
  });
});

describe("stacked", () => {
  it("piles up what falls into one column, where it lies", () => {
    expect(stacked([1, 0.02, 1, 0], [0, 1], 11)).toEqual([
      { at: 0, level: 0, pile: 2 },
      { at: 0.02, level: 1, pile: 2 },
      { at: 1, level: 0, pile: 2 },
      { at: 1, level: 1, pile: 2 },
    ]);
  });
});

describe("attempts", () => {
  const a = { lesson: "a", answer: "x", experiment: "1" };
  const b = { lesson: "b", answer: "y", experiment: "2" };

  it("keep their order, and an answer given anew is the last", () => {
    expect(withAttempt([a, b], "a", { answer: "z", experiment: "3" })).toEqual([
      b,
      { lesson: "a", answer: "z", experiment: "3" },
    ]);
    expect(withAttempt([a, b], "a", null)).toEqual([b]);
  });

  it("are none without storage", () => {
    expect(attempts()).toEqual([]);
  });

  it("are gone on with after the last", () => {
    expect(nextLesson(["a", "b", "c"], [])).toBe("a");
    expect(nextLesson(["a", "b", "c"], [b])).toBe("c");
    expect(nextLesson(["a", "b", "c"], [b, { ...a, lesson: "c" }])).toBe("a");
    expect(nextLesson(["a", "b"], [a, b])).toBeNull();
  });
});

describe("LESSONS", () => {
  it("have addresses, presets and answers of their own", () => {
    const distinct = (of: (lesson: (typeof LESSONS)[number]) => string) => new Set(LESSONS.map(of)).size;
    expect([distinct((each) => each.id), distinct((each) => each.preset)]).toEqual([6, 6]);
    const facts = { train: 1, test: 1, epochs: 1, units: 1, draws: 1, symbols: 1, steps: 1, limit: 1 };
    for (const { options } of LESSONS) {
      const ids = options(facts).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBeGreaterThan(2);
    }
  });
});
