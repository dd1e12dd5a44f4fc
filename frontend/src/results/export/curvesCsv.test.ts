import { describe, expect, it } from "vitest";
import type { Curves } from "../../api/types";
import { curvesCsv } from "./curvesCsv";

describe("curvesCsv", () => {
  it("has a line for each epoch of each run, names quoted where they must be", () => {
    const run = { seed: 1, epoch: [1, 2], train_accuracy: [0.5, 1], test_accuracy: [0.5, null] };
    const curves = { last_event_id: "1-0", runs: [{ arm: 'max norm 1, "hard"', ...run }] } as unknown as Curves;
    expect(curvesCsv(curves)).toBe(
      'arm,seed,epoch,train_accuracy,test_accuracy\n"max norm 1, ""hard""",1,1,0.5,0.5\n"max norm 1, ""hard""",1,2,1,\n',
    );
  });
});
