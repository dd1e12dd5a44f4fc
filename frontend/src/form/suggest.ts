import type { Catalog, Entry, Fields, Json } from "../api/catalog";
import { defaultsOf, entryOf, fits } from "../experiment/catalog";
import { armName, changesOf, type Part, partsOf } from "../experiment/changes";
import {
  type ArmDraft,
  type Changes,
  type Draft,
  freeName,
  getIn,
  initialValue,
  NO_CHANGES,
  setIn,
} from "../experiment/draft";

/** An arm that is likely to be wanted next. */
export interface Suggestion {
  group: string;
  arm: ArmDraft;
  /** Change of the base that the suggestion needs and that leaves its training as it was; described by `note`. */
  base?: (draft: Draft) => Draft;
  note?: string;
}

/** Values that people try first, where they are not the service's defaults. */
const FIRST_TRIES: Record<string, Fields> = {
  max_norm: { max_value: 3 },
  l2: { l2: 0.001 },
  l1: { l1: 0.001 },
  box: { min_value: -0.1, max_value: 0.1 },
};
const DROPOUT_RATES = [0.2, 0.5];
const WEIGHT_DECAY = 0.004;
const LABEL_SMOOTHING = 0.1;
const LIKELY = new Set(["max_norm", "unit_norm", "l2"]);

interface Candidate {
  group: string;
  changes: Changes;
  base?: (draft: Draft) => Draft;
  note?: string;
}

function onWeight(part: Part, catalog: Catalog): Candidate[] {
  const [weight] = part.weights;
  if (!weight) return [];
  const label = `${part.label} ${weight.name}`;
  const of = (family: "constraints" | "regularizers", field: string, group: string) =>
    catalog[family]
      .filter((entry) => fits(entry, weight) && entry.kind !== "chain")
      .map((entry): Candidate => {
        const value = { ...defaultsOf(entry, catalog), ...FIRST_TRIES[entry.kind] };
        return { group, changes: setIn(NO_CHANGES, [...part.change, field], value) };
      });
  return [
    ...of("constraints", weight.field, `Constraint on ${label}`),
    ...of("regularizers", weight.regularizer_field, `Penalty on ${label}`),
  ];
}

/** Other rates for the dropout layers that there are; for a network without any, one that the base leaves idle. */
function dropouts(draft: Draft, parts: readonly Part[], catalog: Catalog): Candidate[] {
  const group = "Dropout";
  const layers = parts.filter((part) => getIn(draft, [...part.base, "kind"]) === "dropout");
  if (layers.length) {
    return layers.flatMap((part) =>
      DROPOUT_RATES.map((rate) => ({ group, changes: setIn(NO_CHANGES, [...part.change, "rate"], rate) })),
    );
  }
  const entry = entryOf(catalog.layers, "dropout");
  const after = draft.network.layers.findLastIndex((layer) => layer.kind === "dense");
  const dense = draft.network.layers[after];
  if (!entry || !dense) return [];
  const taken = draft.network.layers.map((layer) => String(layer.name));
  const name = freeName("dropout", taken, "_");
  const idle: Entry = { ...defaultsOf(entry, catalog), name, rate: 0 };
  const base = (before: Draft): Draft => {
    const at = before.network.layers.findIndex((layer) => layer.name === dense.name) + 1;
    return { ...before, network: { ...before.network, layers: before.network.layers.toSpliced(at, 0, idle) } };
  };
  const note = `Adds a dropout layer after ${dense.name} to the base, at rate 0`;
  return [{ group, changes: setIn(NO_CHANGES, ["layers", name, "rate"], 0.5), base, note }];
}

function trainings(draft: Draft, parts: readonly Part[], catalog: Catalog): Candidate[] {
  const part = parts.find((each) => each.label === "training");
  if (!part) return [];
  const group = "Training";
  const found: Candidate[] = [];
  const specs = new Map(part.fields.map((field) => [field.name, field]));
  const stopping = specs.get("early_stopping");
  if (stopping) {
    const value = initialValue(stopping, draft, catalog);
    found.push({ group, changes: setIn(NO_CHANGES, ["training", "early_stopping"], value) });
  }
  const optimizer = draft.training.optimizer as Entry | undefined;
  if (optimizer && "weight_decay" in optimizer) {
    const value = { ...optimizer, weight_decay: WEIGHT_DECAY };
    found.push({ group, changes: setIn(NO_CHANGES, ["training", "optimizer"], value as Json) });
  }
  if (specs.has("label_smoothing")) {
    found.push({ group, changes: setIn(NO_CHANGES, ["training", "label_smoothing"], LABEL_SMOOTHING) });
  }
  const size = draft.training.batch_size;
  if (typeof size === "number" && size >= 8) {
    found.push({ group, changes: setIn(NO_CHANGES, ["training", "batch_size"], Math.round(size / 4)) });
  }
  return found;
}

/** Which field of the base an arm changes, and to what: equal for arms that train the same. */
function signature(changes: Changes, parts: readonly Part[]): string {
  return JSON.stringify(changesOf(changes, parts).map((change) => [change.location, change.value]));
}

/** Whether the arm would train what the base does. */
function isBase(changes: Changes, draft: Draft, parts: readonly Part[]): boolean {
  return changesOf(changes, parts).every(({ part, field, value }) => {
    const base = part && field ? getIn(draft, [...part.base, field.name]) : undefined;
    return JSON.stringify(base) === JSON.stringify(value);
  });
}

function isLikely({ group, changes }: Candidate, first: Part | undefined): boolean {
  if (group === "Dropout") return true;
  if (changes.training.early_stopping) return true;
  const own = first && getIn(changes, first.change);
  return Object.values((own ?? {}) as Fields).some((value) => LIKELY.has(String((value as Entry | null)?.kind)));
}

/**
 * Arms that are likely to be wanted next: what can act on the first weight that there is, then on the output layer's,
 * dropout, and other ways to train. Those that exist already, and those that are the base, are left out.
 */
export function suggestArms(draft: Draft, catalog: Catalog): Suggestion[] {
  const parts = partsOf(draft, catalog);
  const constrainable = parts.filter((part) => part.weights.length > 0);
  const [first, last] = [constrainable[0], constrainable.at(-1)];
  const candidates = [
    ...(first ? onWeight(first, catalog) : []),
    ...dropouts(draft, parts, catalog),
    ...trainings(draft, parts, catalog),
    ...(last && last !== first ? onWeight(last, catalog) : []),
  ];
  const likely = candidates.filter((each) => isLikely(each, first)).map((each) => ({ ...each, group: "Likely next" }));
  const taken = new Set(draft.arms.map((arm) => signature(arm.changes, parts)));
  const names = draft.arms.map((arm) => arm.name);
  return [...likely, ...candidates].flatMap(({ group, changes, base, note }): Suggestion[] => {
    const changed = base ? base(draft) : draft;
    const own = base ? JSON.stringify(changes) : signature(changes, parts);
    if (taken.has(own) || isBase(changes, changed, partsOf(changed, catalog))) return [];
    taken.add(own);
    const arm = { name: freeName(armName(changes, changed, catalog), names), changes };
    return [{ group, arm, ...(base ? { base } : {}), ...(note ? { note } : {}) }];
  });
}
