import type { Catalog, CatalogEntry, Entry, Fields } from "../api/catalog";
import { defaultsOf, fieldsOf, fits } from "../experiment/catalog";
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
import { fieldText } from "../experiment/phrases";

/** An arm that is likely to be wanted next. */
export interface Suggestion {
  group: string;
  arm: ArmDraft;
  /** Change of the base that the suggestion needs and that leaves its training as it was; described by `note`. */
  base?: (draft: Draft) => Draft;
  note?: string;
}

const WEIGHT_DECAY = 0.004;
const LABEL_SMOOTHING = 0.1;

interface Candidate {
  group: string;
  changes: Changes;
  /** Listed under "Likely next" too. */
  likely: boolean;
  base?: (draft: Draft) => Draft;
  note?: string;
}

function onWeight(part: Part, isFirst: boolean, catalog: Catalog): Candidate[] {
  const [weight] = part.weights;
  if (!weight) return [];
  const label = `${part.label} ${weight.name}`;
  const of = (family: "constraints" | "regularizers", field: string, group: string) =>
    catalog[family]
      .filter((entry) => fits(entry, weight))
      .flatMap((entry) =>
        (entry.suggestion?.settings ?? []).map((settings): Candidate => {
          const value = { ...defaultsOf(entry, catalog), ...settings };
          const changes = setIn(NO_CHANGES, [...part.change, field], value);
          return { group, changes, likely: isFirst && entry.suggestion?.likely === true };
        }),
      );
  return [
    ...of("constraints", weight.field, `Constraint on ${label}`),
    ...of("regularizers", weight.regularizer_field, `Penalty on ${label}`),
  ];
}

/** Other settings of the layers of this kind; without one, a new layer that is idle in the base and active in the arm. */
function onLayers(entry: CatalogEntry, draft: Draft, parts: readonly Part[], catalog: Catalog): Candidate[] {
  if (!entry.suggestion) return [];
  const { settings, likely } = entry.suggestion;
  const group = entry.title;
  const changing = (layer: string, fields: Fields) => setIn(NO_CHANGES, ["layers", layer], fields);
  const layers = parts.filter((part) => getIn(draft, [...part.base, "kind"]) === entry.kind);
  if (layers.length) {
    return layers.flatMap(({ label }) =>
      settings.map((fields) => ({ group, likely, changes: changing(label, fields) })),
    );
  }
  const fields = settings.at(-1);
  const added = fields && idleLayer(entry, draft, catalog);
  if (!added) return [];
  const settingTexts = fieldsOf(entry.schema, catalog)
    .filter((spec) => spec.name in (entry.suggestion?.idle ?? {}))
    .map((spec) => fieldText(spec, entry.suggestion?.idle?.[spec.name], catalog));
  const note = `Adds a ${entry.title} layer after ${added.after} to the shared settings, with ${settingTexts.join(", ")}`;
  return [{ group, likely, changes: changing(added.name, fields), base: added.add, note }];
}

/** A layer that the draft lacks, which does nothing until an arm changes it; null where it would stand after none. */
export function idleLayer(
  entry: CatalogEntry,
  draft: Draft,
  catalog: Catalog,
): { name: string; after: string; add: (draft: Draft) => Draft } | null {
  const { idle, after = [] } = entry.suggestion ?? {};
  const previous = draft.network.layers.findLast((layer) => after.includes(layer.kind));
  if (!idle || !previous) return null;
  const taken = draft.network.layers.map((layer) => String(layer.name));
  const name = freeName(entry.kind, taken, "_");
  const layer: Entry = { ...defaultsOf(entry, catalog), name, ...idle };
  const add = (before: Draft): Draft => {
    const at = before.network.layers.findIndex((each) => each.name === previous.name) + 1;
    return { ...before, network: { ...before.network, layers: before.network.layers.toSpliced(at, 0, layer) } };
  };
  return { name, after: String(previous.name), add };
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
    found.push({ group, likely: true, changes: setIn(NO_CHANGES, ["training", "early_stopping"], value) });
  }
  const optimizer = draft.training.optimizer as Entry | undefined;
  if (optimizer && "weight_decay" in optimizer) {
    const value = { ...optimizer, weight_decay: WEIGHT_DECAY };
    found.push({ group, likely: false, changes: setIn(NO_CHANGES, ["training", "optimizer"], value) });
  }
  if (specs.has("label_smoothing")) {
    found.push({ group, likely: false, changes: setIn(NO_CHANGES, ["training", "label_smoothing"], LABEL_SMOOTHING) });
  }
  const size = draft.training.batch_size;
  if (typeof size === "number" && size >= 8) {
    found.push({ group, likely: false, changes: setIn(NO_CHANGES, ["training", "batch_size"], Math.round(size / 4)) });
  }
  return found;
}

/** The fields that an arm changes, with their values: equal for arms that train the same. */
function signature(changes: Changes, parts: readonly Part[]): string {
  return JSON.stringify(changesOf(changes, parts).map((change) => [change.location, change.value]));
}

/** Whether the changes leave the base as it is. */
function isBase(changes: Changes, draft: Draft, parts: readonly Part[]): boolean {
  return changesOf(changes, parts).every(({ part, field, value }) => {
    const base = part && field ? getIn(draft, [...part.base, field.name]) : undefined;
    return JSON.stringify(base) === JSON.stringify(value);
  });
}

/**
 * Arms that are likely to be wanted next: what can act on the first weight that there is, then on the output layer's,
 * layers such as dropout, and other ways to train. Arms that exist already or equal the base are left out.
 */
export function suggestArms(draft: Draft, catalog: Catalog): Suggestion[] {
  const parts = partsOf(draft, catalog);
  const constrainable = parts.filter((part) => part.weights.length > 0);
  const [first, last] = [constrainable[0], constrainable.at(-1)];
  const candidates = [
    ...(first ? onWeight(first, true, catalog) : []),
    ...catalog.layers.flatMap((entry) => onLayers(entry, draft, parts, catalog)),
    ...trainings(draft, parts, catalog),
    ...(last && last !== first ? onWeight(last, false, catalog) : []),
  ];
  const likely = candidates.filter((each) => each.likely).map((each) => ({ ...each, group: "Likely next" }));
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
