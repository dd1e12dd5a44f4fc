/** Phrases that describe a set-up. */
import type { Catalog, CatalogEntry, Fields, Json, Schema } from "../api/catalog";
import type { Preview } from "../api/types";
import { entryOf, type FieldSpec, fieldsOf, filled } from "./catalog";

/** A value as people write it: no noise digits, thousands not grouped. */
export function plain(value: Json | undefined): string {
  if (typeof value === "number") return String(Number(value.toPrecision(12)));
  if (Array.isArray(value)) return value.map(plain).join(", ");
  return value === null || value === undefined ? "" : String(value);
}

/** A value within a sentence: as `plain`, with a minus sign and thousands apart. */
export function spoken(value: Json | undefined): string {
  if (Array.isArray(value)) return value.map(spoken).join(", ");
  const text = plain(value);
  if (typeof value !== "number") return text;
  const grouped = Number.isInteger(value) && Math.abs(value) < 1e12 ? value.toLocaleString("en") : text;
  return grouped.replace(/^-/, "−");
}

function isFields(value: Json | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field's value after its name: "patience 50", "nesterov", "watch test", "schedule: cosine decay". */
export function fieldText(spec: FieldSpec, value: Json | undefined, catalog: Catalog): string {
  const { phrase } = spec;
  if (spec.type === "flag") return value === true ? phrase : `no ${phrase}`;
  if (value === null || value === undefined) return `${spec.unset ?? "no"} ${phrase}`;
  if (spec.type === "entry" && isFields(value)) return `${phrase}: ${entryText(value, spec.kinds, catalog)}`;
  if (spec.type === "entries" && Array.isArray(value)) {
    return value.map((each) => entryText(each, spec.kinds, catalog)).join(", then ");
  }
  if (spec.type === "object" && isFields(value)) {
    return [phrase, ...changedFields(fieldsOf(spec.schema, catalog), value, catalog)].join(", ");
  }
  if (spec.type === "special" && spec.schema && Array.isArray(value)) {
    const { schema } = spec;
    return value.map((each) => objectText(schema, each, catalog)).join("; ");
  }
  return `${phrase} ${spoken(value).replaceAll("_", " ")}`;
}

/** One of several objects of a schema: "column age, missing values drop". */
function objectText(schema: Schema, value: Json, catalog: Catalog): string {
  if (!isFields(value)) return spoken(value);
  const given = fieldsOf(schema, catalog).filter(({ name }) => name in value);
  return changedFields(given, value, catalog).join(", ");
}

/** Phrases for those of `specs` whose values are not the defaults. */
function changedFields(specs: readonly FieldSpec[], value: Fields, catalog: Catalog): string[] {
  return specs
    .filter((spec) => JSON.stringify(value[spec.name] ?? null) !== JSON.stringify(spec.default ?? null))
    .map((spec) => fieldText(spec, value[spec.name], catalog));
}

/** An entry in a few words: its phrase, then the other values that are not the defaults. */
export function entryText(value: Json | undefined, kinds: readonly CatalogEntry[], catalog: Catalog): string {
  if (!isFields(value)) return "none";
  const entry = entryOf(kinds, value.kind);
  if (!entry) return String(value.kind);
  const specs = fieldsOf(entry.schema, catalog);
  const list = specs.find((spec) => spec.type === "entries");
  if (list) return fieldText(list, value[list.name], catalog) || entry.name;
  const head = entry.phrase.replace(/\{(\w+)\}/g, (_, name: string) => spoken(value[name])).trim();
  const others = specs.filter(
    (spec) => !entry.phrase.includes(`{${spec.name}}`) && !(spec.type === "special" && spec.widget === "axis"),
  );
  return [head, ...changedFields(others, value, catalog)].join(", ");
}

/** A constraint in a few words. */
export function constraintText(value: Json | undefined, catalog: Catalog): string {
  return isFields(value) ? entryText(value, catalog.constraints, catalog) : "no constraint";
}

/** A regulariser in a few words. */
export function penaltyText(value: Json | undefined, catalog: Catalog): string {
  return isFields(value) ? entryText(value, catalog.regularizers, catalog) : "no penalty";
}

/** A field's change from `base` in words: for an entry of the same kind, only the fields that differ. */
export function changedText(spec: FieldSpec, value: Json, base: Json | undefined, catalog: Catalog): string {
  const kinds = spec.type === "entry" ? spec.kinds : null;
  if (!isFields(value) || (!kinds && spec.type !== "object")) return fieldText(spec, value, catalog);
  const entry = kinds && entryOf(kinds, value.kind);
  const schema = spec.type === "object" ? spec.schema : entry?.schema;
  if (!isFields(base) || base.kind !== value.kind || !schema) {
    return spec.type === "object" ? fieldText(spec, value, catalog) : entryText(value, kinds ?? [], catalog);
  }
  const differing = fieldsOf(schema, catalog).filter(
    ({ name }) => JSON.stringify(value[name] ?? null) !== JSON.stringify(base[name] ?? null),
  );
  const phrases = differing.map((each) => fieldText(each, value[each.name], catalog));
  return phrases.join(", ") || `${spec.phrase} as in the shared settings`;
}

/** A layer's main settings in a few words: "32 filters, 3, relu". */
export function layerText(value: Fields, entry: CatalogEntry, catalog: Catalog): string {
  const acting = new Set((entry.weights ?? []).flatMap((weight) => [weight.field, weight.regularizer_field]));
  return fieldsOf(entry.schema, catalog)
    .filter((spec) => spec.name !== "name" && !acting.has(spec.name))
    .filter((spec) => spec.default === undefined || spec.main || differs(spec, value[spec.name], catalog))
    .slice(0, 4)
    .map((spec) => shortText(spec, value[spec.name], catalog))
    .filter(Boolean)
    .join(", ");
}

function differs(spec: FieldSpec, value: Json | undefined, catalog: Catalog): boolean {
  return JSON.stringify(value ?? null) !== JSON.stringify(spec.default ?? filled(spec, catalog));
}

function shortText(spec: FieldSpec, value: Json | undefined, catalog: Catalog): string {
  if (spec.type === "numbers") return Array.isArray(value) ? value.map(plain).join("×") : plain(value);
  if (spec.type === "choice") return plain(value).replaceAll("_", " ");
  if (spec.type === "special" && spec.widget === "layer") return plain(value) || "the input";
  if (spec.type === "number" && spec.singular) return `${spoken(value)} ${value === 1 ? spec.singular : spec.phrase}`;
  return fieldText(spec, value, catalog);
}

/** The part of an arm's name before its figures: "max norm" of "max norm 0.5", "L2" of "L2 0.01". */
export function methodName(name: string): string {
  return name.replace(/\s+[±−-]?[\d.].*$/, "").trim() || name;
}

/** The output layer as the task sets it: "1 sigmoid unit, for two classes". */
export function outputText({
  task,
  classes,
  target_names: { length: several } = [],
}: Pick<Preview, "task" | "classes"> & { target_names?: readonly string[] }): string {
  if (task === "labels") return `${several} sigmoid units, one a label`;
  if (task === "targets") return `${several} linear units, one a target`;
  if (task === "regression") return "1 linear unit, for a number";
  return task === "binary" ? "1 sigmoid unit, for two classes" : `${classes} softmax units, one a class`;
}
