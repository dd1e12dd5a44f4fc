import { describe, expect, it } from "vitest";
import type { RunState } from "../state/fold";
import { oneClassText } from "./oneClassText";

const run = (predicted_classes: number | null, finished = true) =>
  ({
    figures: finished ? {} : null,
    metrics: finished ? { test: { predicted_classes } } : null,
  }) as unknown as RunState;

describe("a model that predicts one class only", () => {
  it("is told of", () => {
    expect(oneClassText({ runs: [run(1)] })).toBe("predicts one class only");
    expect(oneClassText({ runs: [run(1), run(2), run(1), run(null, false)] })).toBe(
      "predicts one class only in 2 of 3 runs",
    );
    expect(oneClassText({ runs: [run(2), run(null)] })).toBeNull();
  });
});
