import type { ExperimentView } from "../api/types";
import type { Catalog } from "./catalog";
import { changesOf, changeWords, type Draft, partsOf } from "./draft";

const NO_FIGURES = { train_accuracy: null, test_accuracy: null, train_loss: null, test_loss: null };
const NO_SPREAD = { mean: null, std: null };
const NO_SPREADS = { train_accuracy: NO_SPREAD, test_accuracy: NO_SPREAD, train_loss: NO_SPREAD, test_loss: NO_SPREAD };

/** The view that the service will give of `draft` once it is made, for the stage to be drawn from meanwhile. */
export function expectedView(draft: Draft, catalog: Catalog): ExperimentView {
  const parts = partsOf(draft, catalog);
  const epochs = (changed: unknown) => Number(changed ?? draft.training.epochs);
  return {
    id: "",
    name: draft.name,
    tags: draft.tags,
    status: "queued",
    created_at: new Date().toISOString(),
    started_at: null,
    finished_at: null,
    last_event_id: "0-0",
    experiment: draft as unknown as ExperimentView["experiment"],
    arms: draft.arms.map(({ name, changes }) => {
      const words = changesOf(changes, parts).filter((change) => change.weight);
      return { name, n: 0, ...NO_SPREADS, words: words.map((change) => changeWords(change, catalog, false)) };
    }),
    runs: draft.arms.flatMap(({ name, changes }) =>
      draft.seeds.map((seed) => ({
        ...NO_FIGURES,
        arm: name,
        seed: Number(seed),
        status: "queued" as const,
        epochs_done: 0,
        epochs: epochs(changes.training.epochs),
        seconds: null,
        error: null,
        weights: null,
      })),
    ),
  };
}
