import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { unpackCurves } from "../api/curves";
import { type LabEvent, METRICS, type Metric, read, type Written } from "../api/events";
import { packedCurves } from "../api/fixture";
import type { ExperimentView, Status } from "../api/types";
import type { Column } from "./column";
import { fold, type LabState, type RunState, runKey, stateFrom, stateFromView, withUnbegun } from "./fold";
import { isClosed } from "./status";

interface Golden {
  arms: string[];
  seeds: number[];
  epochs: number;
  events: LabEvent[];
  expected: {
    status: Status;
    last_event_id: string;
    runs: {
      arm: string;
      seed: number;
      status: Status;
      epochs_done: number;
      curves: { epoch: number[] } & Written<(number | null)[]>;
      figures: Written<number | null>;
      seconds: number;
      error: string | null;
      weights: unknown;
      diverged_at: number | null;
    }[];
  };
}

const golden = JSON.parse(readFileSync(new URL("../../../tests/golden/log.json", import.meta.url), "utf8")) as Golden;

const untrained = { train_accuracy: null, test_accuracy: null, train_loss: null, test_loss: null };

/** The view of the golden log's experiment before anything has happened. */
const queued = {
  id: "golden",
  name: "Golden",
  tags: [],
  status: "queued",
  created_at: "2025-11-22T17:00:00Z",
  started_at: null,
  finished_at: null,
  last_event_id: "0-0",
  arms: [],
  runs: golden.arms.flatMap((arm) =>
    golden.seeds.map((seed) => ({
      ...untrained,
      arm,
      seed,
      status: "queued",
      epochs_done: 0,
      epochs: golden.epochs,
      seconds: null,
      error: null,
      weights: null,
    })),
  ),
} as unknown as ExperimentView;

/** The golden log's names. */
const WRITTEN: Record<Metric, string> = {
  train_score: "train_accuracy",
  test_score: "test_accuracy",
  train_loss: "train_loss",
  test_loss: "test_loss",
};

const listed = (column: Column) => Array.from(column.view(), (value) => (Number.isNaN(value) ? null : value));

function shown(run: RunState) {
  const { arm, seed, status, figures, seconds, error, weights } = run;
  const curves = Object.fromEntries(METRICS.map((metric) => [WRITTEN[metric], listed(run.curves[metric])]));
  return {
    arm,
    seed,
    status,
    epochs_done: run.epochsDone,
    curves: { epoch: listed(run.curves.epoch), ...curves },
    figures: figures && Object.fromEntries(METRICS.map((metric) => [WRITTEN[metric], figures[metric]])),
    seconds,
    error,
    weights,
    diverged_at: run.divergedAt,
  };
}

const folded = (events: readonly LabEvent[], from: LabState = stateFromView(queued)) => events.reduce(fold, from);

const chunk = (id: string, epochs: number[]): LabEvent => ({
  id,
  event: "epochs",
  data: {
    arm: "baseline",
    seed: 1,
    epoch: epochs,
    train_accuracy: epochs.map(() => 0.5),
    test_accuracy: epochs.map(() => 0.5),
    train_loss: epochs.map(() => 1),
    test_loss: epochs.map(() => 1),
  },
});

describe("fold", () => {
  it("gives the golden log's final state", () => {
    const state = folded(golden.events);
    expect(state.status).toBe(golden.expected.status);
    expect(isClosed(state.status)).toBe(true);
    expect(state.lastEventId).toBe(golden.expected.last_event_id);
    expect(state.gap).toBe(false);
    expect([...state.runs.values()].map(shown)).toEqual(golden.expected.runs);
  });

  it.each(golden.events.map((_, cut) => cut))("gives the same when event %i and all after it come again", (cut) => {
    const state = folded(golden.events.slice(cut), folded(golden.events));
    expect([...state.runs.values()].map(shown)).toEqual(golden.expected.runs);
  });

  it("leaves the state before as it was", () => {
    const before = folded(golden.events.slice(0, 5));
    const length = before.runs.get(runKey({ arm: "baseline", seed: 1 }))?.curves.epoch.length;
    const one = fold(before, chunk("9-0", [3]));
    const other = fold(before, chunk("9-0", [3, 4]));
    const epochs = [before, one, other].map((state) => {
      const run = state.runs.get(runKey({ arm: "baseline", seed: 1 }));
      return run ? listed(run.curves.epoch) : [];
    });
    expect(length).toBe(2);
    expect(epochs).toEqual([
      [1, 2],
      [1, 2, 3],
      [1, 2, 3, 4],
    ]);
  });

  it("has no r² where the loss is not finite: Keras reports 0 of an infinite error", () => {
    const data = {
      arm: "baseline",
      seed: 1,
      epoch: [1, 2, 3, 4],
      train_r2: [-500, 0, 0, null],
      test_r2: [-(2 ** 44), -9, 0, null],
      train_loss: [507, null, null, null],
      test_loss: [2e13, 10, null, null],
    };
    const event: LabEvent = { id: "1-0", event: "epochs", data };
    const figures = { epoch: data.epoch, ...read<readonly (number | null)[]>(data, []) };
    const runs = [{ arm: "baseline", seed: 1, figures }];
    const fetched = unpackCurves(packedCurves({ runs, last_event_id: "1-0" }, "r2"));
    for (const state of [folded([event]), stateFrom(queued, fetched)]) {
      const curves = state.runs.get(runKey({ arm: "baseline", seed: 1 }))?.curves;
      expect(curves && listed(curves.train_score)).toEqual([-500, null, null, null]);
      expect(curves && listed(curves.test_score)).toEqual([-(2 ** 44), -9, null, null]);
    }
  });

  it("notices a chunk that begins too late, and keeps the hole out of the curve", () => {
    const state = folded([chunk("1-0", [1, 2]), chunk("2-0", [4, 5])]);
    expect(state.gap).toBe(true);
    expect(state.runs.get(runKey({ arm: "baseline", seed: 1 }))?.curves.epoch.length).toBe(2);
  });

  it("keeps the newest snapshot of each run, and leaves the runs as they were", () => {
    const epochs = (id: string, epoch: number[], arm = "baseline"): LabEvent => ({
      id,
      event: "snapshots",
      data: { arm, seed: 1, epoch },
    });
    const before = folded([chunk("1-0", [1, 2])]);
    const state = folded([epochs("2-0", [0, 1, 2]), epochs("3-0", [1]), epochs("4-0", [9], "another")], before);
    expect([...state.snapshots]).toEqual([[runKey({ arm: "baseline", seed: 1 }), 2]]);
    expect(state.runs).toBe(before.runs);
    expect(state.lastEventId).toBe("4-0");
  });

  it("ignores runs that the experiment does not have", () => {
    const stray = chunk("1-0", [1]);
    const event = { ...stray, data: { ...stray.data, arm: "another" } } as LabEvent;
    expect(folded([event]).runs).toEqual(stateFromView(queued).runs);
  });
});

describe("a regression", () => {
  it("has r² where accuracy stands, and may end before its last epoch", () => {
    const [run] = queued.runs;
    if (!run) throw new Error("no run");
    const { arm, seed } = run;
    const columns = { train_r2: [-3, 0.5], test_r2: [null, 0.25], train_loss: [2, 1], test_loss: [3, 2] };
    const figures = { train_r2: 0.5, test_r2: 0.25, train_loss: 1, test_loss: 2 };
    const metrics = { test: { r2: 0.25, mae: 1, rmse: 1.5 } };
    const state = folded([
      { id: "1-0", event: "epochs", data: { arm, seed, epoch: [1, 2], ...columns } },
      {
        id: "2-0",
        event: "run_finished",
        data: { arm, seed, epochs_done: 2, seconds: 1, weights: [], ...figures, metrics, best_epoch: 1 },
      },
    ]);
    const done = state.runs.get(runKey({ arm, seed }));
    expect(done && listed(done.curves.train_score)).toEqual([-3, 0.5]);
    expect(done && listed(done.curves.test_score)).toEqual([null, 0.25]);
    expect(done?.figures).toMatchObject({ train_score: 0.5, test_score: 0.25 });
    expect(done).toMatchObject({ bestEpoch: 1, metrics, epochsDone: 2 });
  });
});

/** Curves as they are fetched. */
function figuresOf({ epoch, train_score, test_score, train_loss, test_loss }: RunState["curves"]) {
  return {
    epoch: epoch.view(),
    train_score: train_score.view(),
    test_score: test_score.view(),
    train_loss: train_loss.view(),
    test_loss: test_loss.view(),
  };
}

describe("stateFrom", () => {
  it("goes on from curves as if all events had been folded, whichever was taken first", () => {
    for (let cut = 1; cut < golden.events.length; cut++) {
      const half = folded(golden.events.slice(0, cut));
      const curves = {
        last_event_id: half.lastEventId,
        runs: [...half.runs.values()].map(({ arm, seed, curves }) => ({
          arm,
          seed,
          figures: figuresOf(curves),
        })),
      };
      const early = stateFrom(queued, curves);
      expect(early.lastEventId).toBe("0-0");
      expect([...folded(golden.events, early).runs.values()].map(shown)).toEqual(golden.expected.runs);
      const level = stateFrom({ ...queued, last_event_id: half.lastEventId }, curves);
      expect(level.lastEventId).toBe(half.lastEventId);
      const rest = folded(golden.events.slice(cut), level);
      expect([...rest.runs.values()].map((run) => shown(run).curves)).toEqual(
        golden.expected.runs.map((run) => run.curves),
      );
    }
  });
});

describe("withUnbegun", () => {
  it("keeps the runs that have begun in neither, and only those", () => {
    const expected = stateFromView(queued);
    const begun = folded([chunk("1-0", [1, 2])]);
    const merged = withUnbegun(begun, expected);
    const key = runKey({ arm: "baseline", seed: 1 });
    expect(merged.runs.get(key)).toBe(begun.runs.get(key));
    for (const [other, run] of merged.runs) if (other !== key) expect(run).toBe(expected.runs.get(other));
    const longer = stateFromView({ ...queued, runs: queued.runs.map((run) => ({ ...run, epochs: run.epochs + 1 })) });
    expect(withUnbegun(longer, expected).runs.get(key)?.epochs).toBe(golden.epochs + 1);
  });
});
