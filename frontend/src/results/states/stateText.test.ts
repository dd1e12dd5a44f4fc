import { expect, it } from "vitest";
import type { RunState } from "../../state/fold";
import { endedText, reasonsOf, retryText, unansweredText, waitingText } from "./stateText";

type Run = Pick<RunState, "status" | "error" | "epochsDone">;

const finished: Run = { status: "finished", error: null, epochsDone: 9 };
const cancelled = (epochsDone: number): Run => ({ status: "cancelled", error: null, epochsDone });
const failed = (error: string): Run => ({ status: "failed", error, epochsDone: 0 });

it("tells the place in the queue", () => {
  expect(waitingText({ experiments: 2, runs: 12 }, 2, [])).toBe(
    "Waiting for a free worker: 2 experiments with 12 runs are before it.",
  );
  expect(waitingText({ experiments: 1, runs: 1 }, null, [])).toBe(
    "Waiting for a free worker: 1 experiment with 1 run is before it.",
  );
  expect(waitingText({ experiments: 0, runs: 0 }, 2, [])).toBe("Waiting for a free worker: it is next.");
  expect(waitingText(null, null, [])).toBe("Waiting for a free worker: it is next.");
  expect(waitingText({ experiments: 2, runs: 12 }, 0, [], ["Look at it"])).toContain("no worker is running");
  expect(waitingText({ experiments: 2, runs: 12 }, 1, [], ["Look at it"])).toBe("Waiting. Look at it.");
});

it("tells why its files can't be had", () => {
  const delays = ["node-2 can't fetch the data set's files", "node-3 can't either"];
  expect(waitingText(null, 2, delays)).toBe("Waiting for its files. node-2 can't fetch the data set's files.");
  expect(waitingText(null, 0, delays)).toContain("no worker is running");
});

it("promises an answer only while it trains", () => {
  expect(unansweredText("queued", "Waiting.")).toBe("Waiting.");
  expect(unansweredText("paused", "Waiting.")).toContain("Resume");
  expect(unansweredText("running", "Waiting.")).toBe("The answer comes with the first results");
  expect(unansweredText("finished", "Waiting.")).toBe("The runs have ended. The answer is being fetched.");
});

it("gives the reason first, the most frequent of several", () => {
  const runs = [failed("No file"), failed("No memory"), failed("No memory"), finished];
  expect(reasonsOf(runs)).toEqual([
    { reason: "No memory", runs: 2 },
    { reason: "No file", runs: 1 },
  ]);
  expect(endedText(runs)).toEqual({
    title: "No memory",
    rest: "3 of 4 runs failed. 1 other reason stands in the table. The one that finished stays.",
  });
  expect(endedText([failed("No file")])).toEqual({ title: "No file", rest: "The run failed." });
  expect(endedText([failed("No file"), failed("No file")]).rest).toBe("All 2 runs failed.");
});

it("tells how far cancelled runs came", () => {
  expect(endedText([cancelled(30), cancelled(0), finished, finished])).toEqual({
    title: "2 of 4 runs were cancelled, at epoch 30 at most.",
    rest: "The 2 that finished stay.",
  });
  expect(endedText([cancelled(0)])).toEqual({
    title: "The run was cancelled before any epoch.",
    rest: "No run finished, so there is nothing to compare.",
  });
});

it("offers what it does", () => {
  expect(retryText([failed("No file"), failed("No file")])).toBe("Retry");
  expect(retryText([failed("No file"), finished])).toBe("Retry this run");
  expect(retryText([failed("No file"), cancelled(1), finished])).toBe("Retry these 2 runs");
  expect(retryText([cancelled(1), cancelled(2)])).toBe("Train these 2 runs again");
});
