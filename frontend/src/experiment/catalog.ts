/** The form's fields, from the catalog's JSON Schemas. */
import type { Catalog, CatalogEntry, Entry, Fields, Json, Schema, Weight } from "../api/catalog";

interface Common {
  name: string;
  title: string;
  /** The title within a sentence. */
  phrase: string;
  description: string;
  /** Whether its value is shown wherever the entry is described in few words. */
  main?: true;
  /** Undefined where the schema names none. */
  default: Json | undefined;
  /** Whether it may be left out, as null. */
  nullable: boolean;
  /** Meaning of leaving it out, where that is not "none". */
  unset?: string;
}

interface Limits {
  integer: boolean;
  min?: number;
  max?: number;
  above?: number;
  below?: number;
}

export interface NumberSpec extends Common, Limits {
  type: "number";
  step?: number;
  log: boolean;
  /** The name of one, for a number of things, which the phrase names. */
  singular?: string;
  /** The range that a sweep begins with. */
  sweep?: NonNullable<Schema["sweep"]>;
}

/** Numbers in a row, as in a kernel's height and width; one alone where `single`. */
export interface NumbersSpec extends Common, Limits {
  type: "numbers";
  single: boolean;
  minItems: number;
  maxItems: number;
}

export interface EntrySpec extends Common {
  type: "entry";
  /** Entries to choose from, in the catalog's order. */
  kinds: CatalogEntry[];
}

export interface EntriesSpec extends Common {
  type: "entries";
  kinds: CatalogEntry[];
  minItems: number;
  maxItems: number;
}

export interface ObjectSpec extends Common {
  type: "object";
  schema: Schema;
}

interface TextSpec extends Common {
  type: "text";
  pattern?: string;
  minLength: number;
  maxLength: number;
}

interface ChoiceSpec extends Common {
  type: "choice";
  options: Json[];
}

/** A field whose choices depend on the rest of the set-up; `widget` is the service's name for it. */
export interface SpecialSpec extends Common {
  type: "special";
  widget: Widget;
  /** Schema of the objects that it lists. */
  schema?: Schema;
}

/**
 * axis: axes of a weight. layer: the name of an earlier layer. file: one of the uploaded files. column, columns: of
 * the uploaded file that stands beside it. treatments: how columns of that file are prepared. arrays_file: one of the
 * uploaded files of arrays or pictures. other_column: a column of the data set's file, but for the target.
 * table_file: another uploaded table, or none. more_targets: columns of the file that are predicted beside the target.
 */
const WIDGETS = [
  "axis",
  "layer",
  "file",
  "column",
  "columns",
  "treatments",
  "arrays_file",
  "other_column",
  "table_file",
  "more_targets",
] as const;
export type Widget = (typeof WIDGETS)[number];

export type FieldSpec =
  | NumberSpec
  | NumbersSpec
  | EntrySpec
  | EntriesSpec
  | ObjectSpec
  | TextSpec
  | ChoiceSpec
  | SpecialSpec
  | (Common & { type: "flag" })
  | (Common & { type: "texts" })
  | (Common & { type: "share" });

function limits(schema: Schema): Limits {
  return {
    integer: schema.type === "integer",
    ...(schema.minimum === undefined ? {} : { min: schema.minimum }),
    ...(schema.maximum === undefined ? {} : { max: schema.maximum }),
    ...(schema.exclusiveMinimum === undefined ? {} : { above: schema.exclusiveMinimum }),
    ...(schema.exclusiveMaximum === undefined ? {} : { below: schema.exclusiveMaximum }),
  };
}

function resolved(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return (name && root.$defs?.[name]) || schema;
}

/** Members of a field's union; the field's own schema where there is no union. */
function alternativesOf(schema: Schema, root: Schema): Schema[] {
  const one = resolved(schema, root);
  if (one.discriminator || !one.anyOf) return [one];
  return one.anyOf.flatMap((each) => alternativesOf(each, root));
}

/** The kinds that a tagged union, or a single entry, allows; none for anything else. */
function kindsIn(schema: Schema): string[] {
  const mapped = schema.discriminator?.mapping;
  if (mapped) return Object.keys(mapped);
  const kind = schema.properties?.kind?.const;
  return typeof kind === "string" ? [kind] : [];
}

function entries(catalog: Catalog, kinds: readonly string[]): CatalogEntry[] {
  const families = Object.values(catalog).filter((each) => Array.isArray(each));
  const family = families.find((each) => kinds.every((kind) => each.some((entry) => entry.kind === kind)));
  return family?.filter((entry) => kinds.includes(entry.kind)) ?? [];
}

/** The values that all alternatives list; null where one lists none. */
function optionsIn(alternatives: readonly Schema[]): Json[] | null {
  if (alternatives.length === 0) return null;
  const options: Json[] = [];
  for (const each of alternatives) {
    if (each.enum) options.push(...each.enum);
    else if (each.const !== undefined) options.push(each.const);
    else return null;
  }
  return options;
}

function listOf(list: Schema, common: Common, root: Schema, catalog: Catalog): FieldSpec | null {
  const [minItems, maxItems] = [list.minItems ?? 0, list.maxItems ?? Number.POSITIVE_INFINITY];
  const items = alternativesOf(list.items ?? {}, root);
  const kinds = items.flatMap(kindsIn);
  if (kinds.length) return { ...common, type: "entries", kinds: entries(catalog, kinds), minItems, maxItems };
  const [item] = items;
  if (item?.type === "string") return { ...common, type: "texts" };
  if (item?.type !== "integer" && item?.type !== "number") return null;
  return { ...common, ...limits(item), type: "numbers", single: false, minItems, maxItems };
}

function fieldOf(name: string, schema: Schema, root: Schema, catalog: Catalog): FieldSpec | null {
  const all = alternativesOf(schema, root);
  const alternatives = all.filter((each) => each.type !== "null");
  const common: Common = {
    name,
    title: schema.title ?? name,
    phrase: schema.phrase ?? name,
    description: schema.description ?? "",
    default: schema.default,
    nullable: alternatives.length < all.length,
    ...(schema.unset === undefined ? {} : { unset: schema.unset }),
    ...(schema.main ? { main: true } : {}),
  };
  const [first] = alternatives;
  if (!first) return null;
  const widget = WIDGETS.find((each) => each === schema.widget);
  if (widget) {
    const [item] = alternativesOf(first.items ?? {}, root);
    const schema = item?.properties ? { schema: { ...item, $defs: root.$defs ?? {} } } : {};
    return { ...common, type: "special", widget, ...schema };
  }
  const options = optionsIn(alternatives);
  if (options) return { ...common, type: "choice", options };
  const kinds = alternatives.flatMap(kindsIn);
  if (kinds.length) return { ...common, type: "entry", kinds: entries(catalog, kinds) };
  if (first.properties) return { ...common, type: "object", schema: { ...first, $defs: root.$defs ?? {} } };

  const list = alternatives.find((each) => each.type === "array");
  const single = alternatives.find((each) => each.type === "integer" || each.type === "number");
  if (list) {
    const spec = listOf(list, common, root, catalog);
    return spec?.type === "numbers" && single ? { ...spec, ...limits(single), single: true } : spec;
  }
  const types = new Set(alternatives.map((each) => each.type));
  if (types.has("integer") && types.has("number")) return { ...common, type: "share" };
  if (single) {
    const step = schema.step === undefined ? {} : { step: schema.step };
    const sweep = schema.sweep ? { sweep: schema.sweep } : {};
    const singular = schema.singular === undefined ? {} : { singular: schema.singular };
    const log = schema.scale === "log";
    return { ...common, type: "number", ...limits(single), ...step, ...sweep, ...singular, log };
  }
  if (types.has("boolean")) return { ...common, type: "flag" };
  if (!types.has("string")) return null;
  return {
    ...common,
    type: "text",
    minLength: first.minLength ?? 0,
    maxLength: first.maxLength ?? Number.POSITIVE_INFINITY,
    ...(first.pattern === undefined ? {} : { pattern: first.pattern }),
  };
}

const known = new WeakMap<Schema, FieldSpec[]>();

/**
 * The fields of an entry's schema, in its order, without `kind`. A property for which the form has no control is left
 * out and keeps its default; a test checks that there is none.
 */
export function fieldsOf(schema: Schema, catalog: Catalog): FieldSpec[] {
  let fields = known.get(schema);
  if (!fields) {
    fields = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      name === "kind" ? [] : (fieldOf(name, property, schema, catalog) ?? []),
    );
    known.set(schema, fields);
  }
  return fields;
}

/** The first value of a field that has no default. */
function beginning(spec: FieldSpec, catalog: Catalog): Json {
  if (spec.nullable && spec.type !== "entry" && spec.type !== "object") return null;
  switch (spec.type) {
    case "number":
      return spec.min ?? spec.max ?? (spec.above === undefined ? 0 : spec.above + (spec.integer ? 1 : 0.1));
    case "numbers":
      return spec.single ? (spec.min ?? 1) : Array.from({ length: spec.minItems }, () => spec.min ?? 1);
    case "entry":
      return spec.kinds[0] ? defaultsOf(spec.kinds[0], catalog) : null;
    case "entries":
      return Array.from({ length: spec.minItems }, (_, i) =>
        defaultsOf(spec.kinds[i % spec.kinds.length] as CatalogEntry, catalog),
      );
    case "object":
      return defaultFields(spec.schema, catalog);
    case "choice":
      return spec.options[0] ?? null;
    case "flag":
      return false;
    case "texts":
      return [];
    case "share":
      return 0.5;
    case "text":
      return "";
    case "special":
      return ["columns", "treatments", "more_targets"].includes(spec.widget) ? [] : "";
  }
}

/** Initial value of a field that is filled in. */
export function filled(spec: FieldSpec, catalog: Catalog): Json {
  return spec.default ?? beginning(spec, catalog);
}

/** Initial value of a field; null where it may be left out. */
export function defaultOf(spec: FieldSpec, catalog: Catalog): Json {
  if (spec.default !== undefined) return spec.default;
  return spec.nullable ? null : beginning(spec, catalog);
}

/** Every field's default. */
export function defaultFields(schema: Schema, catalog: Catalog): Fields {
  return Object.fromEntries(fieldsOf(schema, catalog).map((spec) => [spec.name, defaultOf(spec, catalog)]));
}

/** A new entry of `kind` with every field's default. */
export function defaultsOf(entry: CatalogEntry, catalog: Catalog): Entry {
  return { kind: entry.kind, ...defaultFields(entry.schema, catalog) };
}

export function entryOf(family: readonly CatalogEntry[], kind: Json | undefined): CatalogEntry | undefined {
  return family.find((entry) => entry.kind === kind);
}

/** The first field of an entry that has the widget. */
export function widgetField(entry: CatalogEntry, widget: Widget, catalog: Catalog): SpecialSpec | undefined {
  return fieldsOf(entry.schema, catalog).find(
    (spec): spec is SpecialSpec => spec.type === "special" && spec.widget === widget,
  );
}

/** The field for an uploaded table, of a data set that is read from one. */
export function fileField(entry: CatalogEntry, catalog: Catalog): SpecialSpec | undefined {
  return widgetField(entry, "file", catalog);
}

/** Whether a data set is read from an uploaded file. */
export function needsFile(entry: CatalogEntry, catalog: Catalog): boolean {
  return fieldsOf(entry.schema, catalog).some(
    (spec) => spec.type === "special" && (spec.widget === "file" || spec.widget === "arrays_file"),
  );
}

/** Whether `entry` (a constraint or a regulariser) can act on `weight`. */
export function fits(entry: CatalogEntry, weight: Weight): boolean {
  return !entry.ranks || entry.ranks.includes(weight.rank);
}

/** `entries` by heading, in the order of first appearance. */
export function grouped<T extends { group?: string | null }>(entries: readonly T[]): [group: string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const entry of entries) {
    const group = entry.group ?? "";
    const members = groups.get(group);
    if (members) members.push(entry);
    else groups.set(group, [entry]);
  }
  return [...groups];
}

/** Rarely changed fields: behind "more" in the form while they have their defaults. */
const RARE =
  /_initializer$|^use_bias$|^clip|^global_clip|^beta_\d$|^rho$|^amsgrad$|^centered$|^initial_acc|^epsilon$|^dilation|^depth_multiplier$|^min_delta$|^restore_|^go_backwards$|^reset_after$|^unit_forget_bias$|^recurrent_activation$|^recurrent_dropout$|^merge_mode$|^keepdims$|^center$|^label_noise$|^imbalance$|^standardize_target$|^resample$/;

/** Whether a field is rarely changed. */
export function isRare({ name, type, default: first, nullable }: FieldSpec): boolean {
  if (name === "weight_decay") return nullable;
  if (name === "scale") return type === "flag";
  if (name === "groups") return first === 1;
  return RARE.test(name);
}
