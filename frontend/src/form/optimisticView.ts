import type { ExperimentView } from "../api/types";
import { changesOf, changeWords, partsOf } from "../experiment/changes";
import type { Setup } from "./store";
import { areSweepArmsKnown, sweepArms } from "./sweep/sweepArms";

const NO_FIGURES = { train_accuracy: null, test_accuracy: null, train_loss: null, test_loss: null };
const NO_SPREAD = { mean: null, std: null };
const NO_SPREADS = { train_accuracy: NO_SPREAD, test_accuracy: NO_SPREAD, train_loss: NO_SPREAD, test_loss: NO_SPREAD };

/**
 * The view that the service will give of the draft once it is made, for the stage to be drawn from meanwhile; null
 * while the service has not said which arms the draft's sweep makes.
 */
export function optimisticView(setup: Setup, score: ExperimentView["score"]): ExperimentView | null {
  const { draft, catalog, checked } = setup;
  if (!areSweepArmsKnown(setup)) return null;
  const made = sweepArms(setup);
  const parts = partsOf(draft, catalog);
  const told = checked?.by === draft ? checked.view : null;
  const epochs = (changed: unknown) => Number(changed ?? draft.training.epochs);
  const own = draft.arms.map(({ name, changes }) => ({ name, epochs: epochs(changes.training.epochs) }));
  const swept = made.map(({ name }) => ({ name, epochs: epochs(draft.sweep?.changes.training.epochs) }));
  return {
    id: "",
    name: draft.name,
    tags: draft.tags,
    status: "queued",
    created_at: new Date().toISOString(),
    score,
    warnings: told?.warnings ?? [],
    reveals: 0,
    published: null,
    started_at: null,
    finished_at: null,
    last_event_id: "0-0",
    experiment: draft as unknown as ExperimentView["experiment"],
    arms: [
      ...draft.arms.map(({ name, changes }, index) => {
        const acting = changesOf(changes, parts).filter((change) => change.role === "constraint");
        const words = told?.arms[index]?.words ?? acting.map((change) => changeWords(change, draft, catalog, false));
        return { name, n: 0, ...NO_SPREADS, words };
      }),
      ...made.map(({ name, words }) => ({ name, n: 0, ...NO_SPREADS, words })),
    ],
    runs: [...own, ...swept].flatMap(({ name, epochs }) =>
      draft.seeds.map((seed) => ({
        ...NO_FIGURES,
        arm: name,
        seed: Number(seed),
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
