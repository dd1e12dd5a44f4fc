import type { Location } from "../api/problem";
import type { Catalog, CatalogEntry, Entry, FieldSpec, Fields, Json, Weight } from "./catalog";
import { constraintWords, entryOf, fieldsOf, plain } from "./catalog";

export type Changes = { layers: { [layer: string]: Fields }; output: Fields; training: Fields };
export type ArmDraft = { name: string; changes: Changes };

/** An experiment as it is being set up: the shape of one that can be posted, but any field may yet hold nonsense. */
export type Draft = {
  name: string;
  tags: string[];
  dataset: Entry;
  split: Fields;
  network: { layers: Entry[]; output: Fields };
  training: Fields;
  seeds: Json[];
  arms: ArmDraft[];
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

/** An experiment that the service gave, ready to edit: every layer named, as the service would name it. */
export function draftOf(experiment: unknown): Draft {
  const draft = experiment as Draft;
  const layers = draft.network.layers.map((layer, i) => ({ ...layer, name: layer.name ?? `${layer.kind}_${i + 1}` }));
  return { ...draft, network: { ...draft.network, layers: layers as Entry[] } };
}

/** A part of the base that arms can change: a layer, the output layer, or the training. */
export interface Part {
  /** Below `network` for the base's value, below an arm's `changes` for its own. */
  base: Location;
  change: Location;
  label: string;
  value: Fields;
  fields: FieldSpec[];
  weights: Weight[];
}

/** All parts that arms can change. A layer's kind and name are fixed. */
export function partsOf(draft: Draft, catalog: Catalog): Part[] {
  const layers = draft.network.layers.flatMap((layer, index): Part[] => {
    const entry: CatalogEntry | undefined = entryOf(catalog.layers, layer.kind);
    if (!entry) return [];
    return [
      {
        base: ["network", "layers", index],
        change: ["layers", String(layer.name)],
        label: String(layer.name),
        value: layer,
        fields: fieldsOf(entry.schema, catalog).filter((field) => field.name !== "name"),
        weights: entry.weights ?? [],
      },
    ];
  });
  return [
    ...layers,
    {
      base: ["network", "output"],
      change: ["output"],
      label: "output",
      value: draft.network.output,
      fields: fieldsOf(catalog.output.schema, catalog),
      weights: catalog.output.weights,
    },
    {
      base: ["training"],
      change: ["training"],
      label: "training",
      value: draft.training,
      fields: fieldsOf(catalog.training.schema, catalog),
      weights: [],
    },
  ];
}

/** One field that an arm changes. */
export interface Change {
  /** Below the arm's `changes`. */
  location: Location;
  part: Part | null;
  field: FieldSpec | null;
  weight: Weight | null;
  /** "hidden kernel" for a constraint on a weight, "hidden rate" for any other field. */
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
      const weight = part?.weights.find((each) => each.field === name) ?? null;
      const what = weight?.name ?? field?.title.toLowerCase() ?? name;
      const prefix = label === "training" ? "" : `${label} `;
      return { location: [...location, name], part, field, weight, label: prefix + what, value };
    });
  });
}

/** A change in words: "unit norm", "output: max norm 3", "hidden units 100". */
export function changeWords(change: Change, catalog: Catalog, first: boolean): string {
  if (change.weight) {
    const words = constraintWords(change.value, catalog);
    return first ? words : `${change.label}: ${words}`;
  }
  if (typeof change.value === "object" && change.value !== null && !Array.isArray(change.value)) {
    return `${change.label} ${change.value.kind}`;
  }
  return `${change.label} ${plain(change.value)}`;
}

/** A name for an arm with these changes. A constraint on the first layer's kernel goes without saying where. */
export function armName(changes: Changes, parts: readonly Part[], catalog: Catalog): string {
  const main = parts[0]?.weights[0] ? [...parts[0].change, parts[0].weights[0].field].join("/") : "";
  const words = changesOf(changes, parts).map((change) =>
    changeWords(change, catalog, change.location.join("/") === main),
  );
  return words.join(", ").slice(0, 60) || "as the base";
}

/**
 * `after`, with every arm whose changes are not those of `before` named anew, where its name said what it changed.
 * A name that somebody chose stays.
 */
export function withArmNames(before: Draft, after: Draft, catalog: Catalog): Draft {
  if (before.arms.length !== after.arms.length || before.arms === after.arms) return after;
  const [partsBefore, partsAfter] = [partsOf(before, catalog), partsOf(after, catalog)];
  const arms = after.arms.map((arm, index) => {
    const old = before.arms[index];
    if (!old || old.changes === arm.changes || old.name !== arm.name) return arm;
    if (arm.name !== armName(old.changes, partsBefore, catalog) && !/^new arm( \d+)?$/.test(arm.name)) return arm;
    const others = after.arms.filter((_, i) => i !== index).map((each) => each.name);
    return { ...arm, name: freeName(armName(arm.changes, partsAfter, catalog), others) };
  });
  return { ...after, arms };
}

/** `name`, or it with the first number from 2 that makes it differ from `taken`. */
export function freeName(name: string, taken: readonly string[], join = " "): string {
  const used = new Set(taken.map((each) => each.trim().toLowerCase()));
  if (!used.has(name.toLowerCase())) return name;
  for (let i = 2; ; i++) if (!used.has(`${name}${join}${i}`.toLowerCase())) return `${name}${join}${i}`;
}

/** `draft` with layer `index` called `name`, in the arms too. */
export function renameLayer(draft: Draft, index: number, name: string): Draft {
  const before = String(draft.network.layers[index]?.name);
  const renamed = setIn(draft, ["network", "layers", index, "name"], name);
  return {
    ...renamed,
    arms: renamed.arms.map((arm) => {
      const { [before]: moved, ...others } = arm.changes.layers;
      if (!moved || name in others) return arm;
      return { ...arm, changes: { ...arm.changes, layers: { ...others, [name]: moved } } };
    }),
  };
}

export const NO_CHANGES: Changes = { layers: {}, output: {}, training: {} };
