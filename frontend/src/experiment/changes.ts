import type { Catalog, Fields, Json, Weight } from "../api/catalog";
import type { Location } from "../api/problem";
import { entryOf, type FieldSpec, fieldsOf } from "./catalog";
import { type Changes, type Draft, getIn } from "./draft";
import { changedText, constraintText, penaltyText } from "./phrases";

/** A part of the base that arms can change: a layer, the output layer, or the training. */
export interface Part {
  /** Location of the base's value in the draft. */
  base: Location;
  /** Location of an arm's own values below its `changes`. */
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

/** A field's role for one of the part's weights: constraint or penalty; null for any other field. */
export function roleOf(part: Part, field: string): { weight: Weight; role: "constraint" | "penalty" } | null {
  for (const weight of part.weights) {
    if (weight.field === field) return { weight, role: "constraint" };
    if (weight.regularizer_field === field) return { weight, role: "penalty" };
  }
  return null;
}

const ACTING = /_(constraint|regularizer)$/;

/** A field's role for a weight of a removed layer, judged by the field's name alone. */
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

/** The entries of `changes`, part by part. A change of a removed layer has no part. */
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
      const what = weight?.name ?? (field ? field.phrase : name.replace(ACTING, "").replaceAll("_", " "));
      const prefix = label === "training" ? "" : `${label} `;
      return { location: [...location, name], part, field, weight, role, label: prefix + what, value };
    });
  });
}

/** A change in words: "unit norm", "output kernel: max norm 3", "hidden units 100", "learning rate 0.01". */
export function changeText(change: Change, draft: Draft, catalog: Catalog, first: boolean): string {
  const { role, label, value, field, part } = change;
  if (role) {
    const text = role === "constraint" ? constraintText(value, catalog) : penaltyText(value, catalog);
    return first ? text : `${label}: ${text}`;
  }
  if (!field || !part) return label;
  const text = changedText(field, value, getIn(draft, [...part.base, field.name]), catalog);
  return part.label === "training" ? text : `${part.label} ${text}`;
}

/** A name for an arm with these changes. A change of the first layer's first weight is named without its place. */
export function armName(changes: Changes, draft: Draft, catalog: Catalog): string {
  const parts = partsOf(draft, catalog);
  const main = parts.find((part) => part.weights.length > 0);
  const phrases = changesOf(changes, parts).map((change) =>
    changeText(change, draft, catalog, change.part === main && change.weight === main?.weights[0]),
  );
  return phrases.join(", ").slice(0, 60) || "no changes";
}
