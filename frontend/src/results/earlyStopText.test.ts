import { describe, expect, it } from "vitest";
import { run } from "../state/fixture";
import { earlyStopText } from "./earlyStopText";

describe("earlyStopText", () => {
  const stopped = { ...run(1, [0.5, 0.6], [0.5, 0.6]), status: "finished" as const, bestEpoch: 1 };

  it("says where a run stopped early, and whose weights it has", () => {
    expect(earlyStopText({ runs: [stopped], watched: "validation loss" })).toBe(
      "stopped at epoch 2, weights of 1, watching validation loss",
    );
  });

  it("is null where every run went to its end", () => {
    expect(earlyStopText({ runs: [{ ...stopped, epochs: 2 }], watched: null })).toBeNull();
  });
});
