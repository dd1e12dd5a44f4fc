import type { Location } from "../api/problem";
import { renamedIn, type SweepDraft } from "../form/sweep/sweep";
import {
  type Catalog,
  defaultFields,
  defaultOf,
  defaultsOf,
  type Entry,
  entryOf,
  type FieldSpec,
  type Fields,
  fieldsOf,
  filled,
  type Json,
  type Schema,
  type Weight,
} from "./catalog";
import { changedWords, constraintWords, inSentence, penaltyWords } from "./phrases";

export type Changes = { layers: { [layer: string]: Fields }; output: Fields; training: Fields };
export type ArmDraft = {
  name: string;
  changes: Changes;
  /** The method that it is one trial of. */
  family?: string | null;
  /** Of an arm that the service made from the sweep; the draft has none of these. */
  point?: number[] | null;
};

/** An experiment as it is being set up: the shape of one that can be posted, but any field may yet hold nonsense. */
export type Draft = {
  name: string;
  tags: string[];
  dataset: Entry;
  split: Fields;
  network: { layers: Entry[]; output: Fields };
  training: Fields;
  seeds: Json[];
  /** Arms of one's own; the service makes those of the sweep. */
  arms: ArmDraft[];
  sweep?: SweepDraft | null;
  /** Name of the arm that is expected to win. */
  prediction?: string | null;
  /** Figures that somebody published of such arms. */
  published?: Json;
};

export function getIn(value: unknown, location: Location): Json | undefined {
  let at = value;
  for (const key of location) at = at === null || at === undefined ? undefined : (at as Record<string, unknown>)[key];
  return at as Json | undefined;
}

/** `value` with `to` at `location`; undefined removes the key there. Everything else is shared. */
export function setIn<T>(value: T, location: Location, to: Json | undefined): T {
  const [key, ...rest] = location;
  if (key === undefined) return to as T;
  const below = setIn((value as Record<string, unknown> | undefined)?.[key], rest, to) as unknown;
  if (Array.isArray(value)) {
    return (below === undefined ? value.filter((_, i) => i !== key) : value.with(key as number, below)) as T;
  }
  const { [key]: _, ...others } = (value ?? {}) as Record<string, unknown>;
  if (below === undefined) return others as T;
  return { ...((value ?? {}) as object), [key]: below } as T;
}

/** `value`, with every field that an entry or object within it lacks as it comes. */
function completed(spec: FieldSpec, value: Json, catalog: Catalog): Json {
  if (typeof value !== "object" || value === null) return value;
  if (spec.type === "entries" && Array.isArray(value)) {
    return value.map((each) => completed({ ...spec, type: "entry" }, each, catalog));
  }
  if (Array.isArray(value)) return value;
  if (spec.type === "object") return { ...defaultFields(spec.schema, catalog), ...value };
  const entry = spec.type === "entry" ? entryOf(spec.kinds, value.kind) : undefined;
  if (!entry) return value;
  const fields = fieldsOf(entry.schema, catalog).map((field): [string, Json] => {
    const own = value[field.name];
    return [field.name, own === undefined ? defaultOf(field, catalog) : completed(field, own, catalog)];
  });
  return { kind: entry.kind, ...Object.fromEntries(fields) };
}

/**
 * An experiment that the service gave, ready to edit: every layer named, as the service would name it, what its arms
 * change written out in full, and without the arms of its sweep, which the service makes anew.
 */
export function draftOf(experiment: unknown, catalog: Catalog): Draft {
  const draft = writtenOut(experiment, catalog);
  return { ...draft, arms: draft.arms.filter((arm) => !arm.point) };
}

/** The same with the arms of its sweep. */
function writtenOut(experiment: unknown, catalog: Catalog): Draft {
  const given = experiment as Draft;
  const layers = given.network.layers.map((layer, i) => ({ ...layer, name: layer.name ?? `${layer.kind}_${i + 1}` }));
  const draft = { ...given, network: { ...given.network, layers: layers as Entry[] } };
  const parts = partsOf(draft, catalog);
  const arms = draft.arms.map((arm) => {
    const changes = changesOf({ ...NO_CHANGES, ...arm.changes }, parts).reduce(
      (all, { location, field, value }) => setIn(all, location, field ? completed(field, value, catalog) : value),
      NO_CHANGES,
    );
    return { ...arm, changes };
  });
  return { ...draft, arms };
}

/** A draft from an earlier day, with whatever has been added to the catalog since; null where it no longer fits. */
export function renewed(draft: Draft, catalog: Catalog): Draft | null {
  const dataset = entryOf(catalog.datasets, draft.dataset?.kind);
  const layers = draft.network?.layers?.map((layer) => {
    const entry = entryOf(catalog.layers, layer.kind);
    return entry && { ...defaultsOf(entry, catalog), ...layer };
  });
  if (!dataset || !layers?.every((layer) => layer !== undefined)) return null;
  const within = (schema: Schema, fields: Fields): Fields => ({ ...defaultFields(schema, catalog), ...fields });
  return {
    ...draft,
    dataset: { ...defaultsOf(dataset, catalog), ...draft.dataset },
    split: within(catalog.split.schema, draft.split),
    network: { layers, output: within(catalog.output.schema, draft.network.output) },
    training: within(catalog.training.schema, draft.training),
  };
}

/** A part of the base that arms can change: a layer, the output layer, or the training. */
export interface Part {
  /** Where the base's value stands in the draft. */
  base: Location;
  /** Where an arm's own values stand, below its `changes`. */
  change: Location;
  label: string;
  fields: FieldSpec[];
  weights: Weight[];
}

let lastParts: { catalog: Catalog; names: string; parts: Part[] } | null = null;

/** All parts that arms can change: the same object for as long as layers have their kinds and names. */
export function partsOf(draft: Draft, catalog: Catalog): Part[] {
  const names = JSON.stringify(draft.network.layers.map((layer) => [layer.kind, layer.name]));
  if (lastParts?.catalog === catalog && lastParts.names === names) return lastParts.parts;
  const layers = draft.network.layers.flatMap((layer, index): Part[] => {
    const entry = entryOf(catalog.layers, layer.kind);
    if (!entry) return [];
    return [
      {
        base: ["network", "layers", index],
        change: ["layers", String(layer.name)],
        label: String(layer.name),
        // A layer's kind and name are fixed.
        fields: fieldsOf(entry.schema, catalog).filter((field) => field.name !== "name"),
        weights: entry.weights ?? [],
      },
    ];
  });
  const { output, training } = catalog;
  const parts: Part[] = [
    ...layers,
    {
      base: ["network", "output"],
      change: ["output"],
      label: "output",
      fields: fieldsOf(output.schema, catalog),
      weights: output.weights,
    },
    {
      base: ["training"],
      change: ["training"],
      label: "training",
      fields: fieldsOf(training.schema, catalog),
      weights: [],
    },
  ];
  lastParts = { catalog, names, parts };
  return parts;
}

/**
 * What a field begins with that was left out till now. Early stopping watches the validation rows, or the test rows
 * where there are no others to watch (of which the service warns).
 */
export function begun(spec: FieldSpec, draft: Draft, catalog: Catalog): Json {
  const value = filled(spec, catalog);
  if (spec.name !== "early_stopping" || draft.split.validation) return value;
  return { ...(value as Fields), watch: "test" };
}

/** What a field of a part does to one of its weights; null for any other field. */
export function roleOf(part: Part, field: string): { weight: Weight; role: "constraint" | "penalty" } | null {
  for (const weight of part.weights) {
    if (weight.field === field) return { weight, role: "constraint" };
    if (weight.regularizer_field === field) return { weight, role: "penalty" };
  }
  return null;
}

const ACTING = /_(constraint|regularizer)$/;

/** What a field of a layer that is gone did to one of its weights, by the field's name. */
function goneRole(field: string): { weight: null; role: "constraint" | "penalty" } | null {
  const [, suffix] = ACTING.exec(field) ?? [];
  return suffix ? { weight: null, role: suffix === "constraint" ? "constraint" : "penalty" } : null;
}

/** One field that an arm changes. */
export interface Change {
  /** Below the arm's `changes`. */
  location: Location;
  part: Part | null;
  field: FieldSpec | null;
  weight: Weight | null;
  role: "constraint" | "penalty" | null;
  /** "hidden kernel" for what acts on a weight, "hidden rate" for any other field. */
  label: string;
  value: Json;
}

/** What `changes` holds, part by part. A change of a layer that is gone has no part. */
export function changesOf(changes: Changes, parts: readonly Part[]): Change[] {
  const groups: [Location, Fields][] = [
    ...Object.entries(changes.layers).map(([name, fields]): [Location, Fields] => [["layers", name], fields]),
    [["output"], changes.output],
    [["training"], changes.training],
  ];
  return groups.flatMap(([location, fields]) => {
    const part = parts.find((each) => each.change.join("/") === location.join("/")) ?? null;
    const label = part?.label ?? String(location.at(-1));
    return Object.entries(fields).map(([name, value]): Change => {
      const field = part?.fields.find((each) => each.name === name) ?? null;
      const acting = part ? roleOf(part, name) : goneRole(name);
      const { weight = null, role = null } = acting ?? {};
      const what = weight?.name ?? (field ? inSentence(field.title) : name.replace(ACTING, "").replaceAll("_", " "));
      const prefix = label === "training" ? "" : `${label} `;
      return { location: [...location, name], part, field, weight, role, label: prefix + what, value };
    });
  });
}

/** A change in words: "unit norm", "output kernel: max norm 3", "hidden units 100", "learning rate 0.01". */
export function changeWords(change: Change, draft: Draft, catalog: Catalog, first: boolean): string {
  const { role, label, value, field, part } = change;
  if (role) {
    const words = role === "constraint" ? constraintWords(value, catalog) : penaltyWords(value, catalog);
    return first ? words : `${label}: ${words}`;
  }
  if (!field || !part) return label;
  const words = changedWords(field, value, getIn(draft, [...part.base, field.name]), catalog);
  return part.label === "training" ? words : `${part.label} ${words}`;
}

/** What the arms of an experiment change beside constraints, in words. */
export function otherChanges(experiment: unknown, catalog: Catalog): string[][] {
  const draft = writtenOut(experiment, catalog);
  const parts = partsOf(draft, catalog);
  return draft.arms.map(({ changes }) =>
    changesOf(changes, parts)
      .filter((change) => change.role !== "constraint")
      .map((change) => changeWords(change, draft, catalog, false)),
  );
}

/** A name for an arm with these changes. What acts on the first layer's first weight goes without saying where. */
export function armName(changes: Changes, draft: Draft, catalog: Catalog): string {
  const parts = partsOf(draft, catalog);
  const main = parts.find((part) => part.weights.length > 0);
  const words = changesOf(changes, parts).map((change) =>
    changeWords(change, draft, catalog, change.part === main && change.weight === main?.weights[0]),
  );
  return words.join(", ").slice(0, 60) || "as the base";
}

/**
 * `after`, with every arm whose changes are not those of `before` named anew, where its name said what it changed.
 * A name that somebody chose stays.
 */
export function withArmNames(before: Draft, after: Draft, catalog: Catalog): Draft {
  if (before.arms.length !== after.arms.length || before.arms === after.arms) return after;
  const arms = [...after.arms];
  for (const [index, arm] of after.arms.entries()) {
    const old = before.arms[index];
    if (!old || old.changes === arm.changes || old.name !== arm.name) continue;
    const names = [arm.name, arm.name.replace(/ \d+$/, "")];
    if (!names.includes(armName(old.changes, before, catalog)) && !names.includes("new arm")) continue;
    // Those renamed before it have their new names.
    const others = arms.filter((_, i) => i !== index).map((each) => each.name);
    arms[index] = { ...arm, name: freeName(armName(arm.changes, after, catalog), others) };
  }
  return { ...after, arms };
}

/** `after`, with the published figures under the names that the arms have now; those of an arm that is gone go too. */
export function withPublished(before: Draft, after: Draft): Draft {
  const { published } = after;
  if (before.arms === after.arms || typeof published !== "object" || !published || Array.isArray(published))
    return after;
  const renamed = new Map(before.arms.map((arm, index) => [arm.name, after.arms[index]?.name]));
  const names = after.arms.map((arm) => arm.name);
  const same = before.arms.length === after.arms.length;
  const values = Object.entries((published.values ?? {}) as Fields).flatMap(([name, value]): [string, Json][] => {
    const now = names.includes(name) ? name : same ? renamed.get(name) : undefined;
    return now === undefined ? [] : [[now, value]];
  });
  if (values.length) return { ...after, published: { ...published, values: Object.fromEntries(values) } };
  return { ...after, published: null };
}

/** `after`, with the prediction under the name that its arm has now; without it where that arm, or the sweep, is gone. */
export function withPrediction(before: Draft, after: Draft): Draft {
  const { prediction } = after;
  if (!prediction || (before.arms === after.arms && before.sweep === after.sweep)) return after;
  if (after.arms.some((arm) => arm.name === prediction)) return after;
  const index = before.arms.findIndex((arm) => arm.name === prediction);
  // Arms of the sweep have other names once it is another one.
  if (index < 0) return before.sweep === after.sweep ? after : { ...after, prediction: null };
  const now = before.arms.length === after.arms.length ? after.arms[index]?.name : undefined;
  return { ...after, prediction: now ?? null };
}

/** `name`, or it with the first number from 2 that makes it differ from `taken`. */
export function freeName(name: string, taken: readonly string[], join = " "): string {
  const used = new Set(taken.map((each) => each.trim().toLowerCase()));
  if (!used.has(name.toLowerCase())) return name;
  for (let i = 2; ; i++) if (!used.has(`${name}${join}${i}`.toLowerCase())) return `${name}${join}${i}`;
}

/** `fields` of a layer, with every mention of layer `before` turned into `name`. */
function mentioning<T extends Fields>(fields: T, specs: readonly FieldSpec[], before: string, name: string): T {
  const mentions = specs.filter((spec) => isMention(spec) && fields[spec.name] === before);
  if (mentions.length === 0) return fields;
  return { ...fields, ...Object.fromEntries(mentions.map((spec) => [spec.name, name])) };
}

/** Whether the field holds the name of another layer. */
export function isMention(spec: FieldSpec): boolean {
  return spec.type === "special" && spec.widget === "layer";
}

/** Why layer `index` can't be called `name`; null where it can. */
export function nameProblem(name: string, index: number, layers: readonly Fields[]): string | null {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(name)) {
    return "Start with a letter; use up to 40 letters, digits and underscores";
  }
  const taken = name === "output" || layers.some((layer, i) => i !== index && layer.name === name);
  return taken ? `The name ${name} is taken; choose another` : null;
}

/** `draft` without what its arms change of the layer called `name`, and how many changes that were. */
export function withoutChangesOf(draft: Draft, name: string): { draft: Draft; dropped: number } {
  let dropped = 0;
  const arms = draft.arms.map((arm) => {
    const { [name]: gone, ...layers } = arm.changes.layers;
    if (!gone) return arm;
    dropped += Object.keys(gone).length;
    return { ...arm, changes: { ...arm.changes, layers } };
  });
  return dropped ? { draft: { ...draft, arms }, dropped } : { draft, dropped };
}

/** `draft` with layer `index` called `name`, wherever it is mentioned. */
export function renameLayer(draft: Draft, index: number, name: string, catalog: Catalog): Draft {
  const before = String(draft.network.layers[index]?.name);
  const parts = partsOf(draft, catalog);
  const layers = draft.network.layers.map((layer, i) => {
    const specs = fieldsOf(entryOf(catalog.layers, layer.kind)?.schema ?? {}, catalog);
    const mentioned = mentioning(layer, specs, before, name);
    return i === index ? { ...mentioned, name } : mentioned;
  });
  const arms = draft.arms.map((arm) => {
    const changed = Object.entries(arm.changes.layers).map(([layer, fields]): [string, Fields] => {
      const specs = parts.find((part) => part.label === layer && part.change[0] === "layers")?.fields ?? [];
      return [layer === before ? name : layer, mentioning(fields, specs, before, name)];
    });
    const same = changed.every(([layer, fields]) => arm.changes.layers[layer] === fields);
    return same ? arm : { ...arm, changes: { ...arm.changes, layers: Object.fromEntries(changed) } };
  });
  const sweep = draft.sweep ? { sweep: renamedIn(draft.sweep, before, name) } : {};
  return { ...draft, network: { ...draft.network, layers }, arms, ...sweep };
}

export const NO_CHANGES: Changes = { layers: {}, output: {}, training: {} };
