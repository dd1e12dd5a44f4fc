import { written } from "../api/events";
import type { ExperimentView } from "../api/types";
import { changesOf, changeText, partsOf } from "../experiment/changes";
import { drawCount, replicatesOf } from "../experiment/replicates";
import type { Setup } from "./store";
import { areSweepArmsKnown, sweepArms } from "./sweep/sweepArms";

/**
 * The view that the service will give of the draft once it runs, to draw the results before the answer; null while the
 * arms of the draft's sweep are unknown.
 */
export function optimisticView(setup: Setup, score: ExperimentView["score"]): ExperimentView | null {
  const { draft, catalog, checked } = setup;
  if (!areSweepArmsKnown(setup)) return null;
  const ofSweep = sweepArms(setup);
  const parts = partsOf(draft, catalog);
  const check = checked?.draft === draft ? checked.view : null;
  const unmeasured = written({ mean: null, std: null }, score);
  const epochs = (changed: unknown) => Number(changed ?? draft.training.epochs);
  const own = draft.arms.map(({ name, changes }) => ({ name, epochs: epochs(changes.training.epochs) }));
  const swept = ofSweep.map(({ name }) => ({ name, epochs: epochs(draft.sweep?.changes.training.epochs) }));
  return {
    id: "",
    name: draft.name,
    tags: draft.tags,
    status: "queued",
    created_at: new Date().toISOString(),
    score,
    seeds: draft.seeds.length,
    draws: drawCount(draft),
    epochs: epochs(undefined),
    warnings: check?.warnings ?? [],
    reveals: 0,
    looks: 1,
    first_look_seeds: draft.seeds.length,
    first_look_draws: drawCount(draft) ?? 1,
    retries: 0,
    ahead: null,
    delays: [],
    published: null,
    majority: null,
    started_at: null,
    finished_at: null,
    last_event_id: "0-0",
    experiment: draft as unknown as ExperimentView["experiment"],
    arms: [
      ...draft.arms.map(({ name, family = null, changes }, index) => {
        const acting = changesOf(changes, parts).filter((change) => change.role === "constraint");
        const words = check?.arms[index]?.words ?? acting.map((change) => changeText(change, draft, catalog, false));
        return { name, family, n: 0, ...unmeasured, words };
      }),
      ...ofSweep.map(({ name, words }) => ({ name, family: null, n: 0, ...unmeasured, words })),
    ],
    runs: [...own, ...swept].flatMap(({ name, epochs }) =>
      replicatesOf(draft).map((replicate) => ({
        ...written(null, score),
        arm: name,
        ...replicate,
        status: "queued" as const,
        epochs_done: 0,
        epochs,
        seconds: null,
        error: null,
        weights: null,
        metrics: null,
        best_epoch: null,
      })),
    ),
  };
}
