/** The catalog as the service tells it, and the form fields that its JSON Schemas ask for. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Fields = { [field: string]: Json };
export type Entry = Fields & { kind: string };

/** The part of JSON Schema that the service writes, with its own hints for forms. */
export interface Schema {
  type?: string;
  const?: Json;
  default?: Json;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  title?: string;
  description?: string;
  step?: number;
  scale?: "log";
  widget?: "axis";
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  discriminator?: { mapping: Record<string, string> };
  $ref?: string;
  $defs?: Record<string, Schema>;
}

export interface Weight {
  name: string;
  field: string;
  unit_axis: number[];
  unit_words: string;
}

export interface CatalogEntry {
  kind: string;
  title: string;
  summary: string;
  description: string;
  schema: Schema;
  feasible?: string;
  weights?: Weight[];
}

export interface Catalog {
  datasets: CatalogEntry[];
  layers: CatalogEntry[];
  constraints: CatalogEntry[];
  optimizers: CatalogEntry[];
  split: { schema: Schema };
  output: { schema: Schema; weights: Weight[] };
  training: { schema: Schema };
}

interface Common {
  name: string;
  title: string;
  description: string;
  default: Json;
}

export interface NumberSpec extends Common {
  type: "number";
  integer: boolean;
  min?: number;
  max?: number;
  above?: number;
  below?: number;
  step?: number;
  log: boolean;
}

export interface EntrySpec extends Common {
  type: "entry";
  /** What it may be, in the catalog's order. */
  kinds: CatalogEntry[];
  nullable: boolean;
}

export type FieldSpec =
  | NumberSpec
  | EntrySpec
  | (Common & { type: "flag" })
  | (Common & { type: "choice"; options: string[] })
  | (Common & { type: "text"; pattern?: string; nullable: boolean })
  | (Common & { type: "share" })
  | (Common & { type: "axis" });

function limits(schema: Schema): Partial<NumberSpec> {
  return {
    ...(schema.minimum === undefined ? {} : { min: schema.minimum }),
    ...(schema.maximum === undefined ? {} : { max: schema.maximum }),
    ...(schema.exclusiveMinimum === undefined ? {} : { above: schema.exclusiveMinimum }),
    ...(schema.exclusiveMaximum === undefined ? {} : { below: schema.exclusiveMaximum }),
    ...(schema.step === undefined ? {} : { step: schema.step }),
  };
}

function resolved(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return (name && root.$defs?.[name]) || schema;
}

/** The kinds that a tagged union, or a single entry, allows; none for anything else. */
function kindsIn(schema: Schema, root: Schema): string[] {
  const mapped = schema.discriminator?.mapping;
  if (mapped) return Object.keys(mapped);
  const kind = resolved(schema, root).properties?.kind?.const;
  return typeof kind === "string" ? [kind] : [];
}

function entries(catalog: Catalog, kinds: readonly string[]): CatalogEntry[] {
  const families = [catalog.constraints, catalog.optimizers, catalog.layers, catalog.datasets];
  const family = families.find((each) => kinds.every((kind) => each.some((entry) => entry.kind === kind)));
  return family?.filter((entry) => kinds.includes(entry.kind)) ?? [];
}

function fieldOf(name: string, schema: Schema, root: Schema, catalog: Catalog): FieldSpec | null {
  const common: Common = {
    name,
    title: schema.title ?? name,
    description: schema.description ?? "",
    default: schema.default ?? null,
  };
  if (schema.const !== undefined) return null;
  if (schema.widget === "axis") return { ...common, type: "axis" };
  if (schema.enum) return { ...common, type: "choice", options: schema.enum };
  const alternatives = schema.anyOf ?? [schema];
  const nullable = alternatives.some((each) => each.type === "null");
  const kinds = alternatives.flatMap((each) => kindsIn(each, root));
  if (kinds.length) return { ...common, type: "entry", kinds: entries(catalog, kinds), nullable };
  const types = alternatives.map((each) => each.type);
  if (types.includes("integer") && types.includes("number")) return { ...common, type: "share" };
  if (types.includes("boolean")) return { ...common, type: "flag" };
  if (types.includes("string")) {
    const pattern = alternatives.find((each) => each.pattern)?.pattern;
    return { ...common, type: "text", nullable, ...(pattern === undefined ? {} : { pattern }) };
  }
  const integer = types.includes("integer");
  if (!integer && !types.includes("number")) return null;
  return { ...common, type: "number", integer, log: schema.scale === "log", ...limits(schema) };
}

const known = new WeakMap<Schema, FieldSpec[]>();

/** The fields of an entry's schema, in its order. What the form has no field for is left out: it keeps its default. */
export function fieldsOf(schema: Schema, catalog: Catalog): FieldSpec[] {
  let fields = known.get(schema);
  if (!fields) {
    fields = Object.entries(schema.properties ?? {}).flatMap(
      ([name, property]) => fieldOf(name, property, schema, catalog) ?? [],
    );
    known.set(schema, fields);
  }
  return fields;
}

/** A new entry of `kind` with every field's default. */
export function defaultsOf(entry: CatalogEntry, catalog: Catalog): Entry {
  const fields = fieldsOf(entry.schema, catalog).map((field) => [field.name, field.default] as const);
  return { kind: entry.kind, ...Object.fromEntries(fields) };
}

export function entryOf(family: readonly CatalogEntry[], kind: Json | undefined): CatalogEntry | undefined {
  return family.find((entry) => entry.kind === kind);
}

/** A number as people write it: no noise digits, thousands not grouped. */
export function plain(value: Json | undefined): string {
  if (typeof value !== "number") return value === null || value === undefined ? "" : String(value);
  return String(Number(value.toPrecision(12)));
}

/** A constraint in a few words, figures included: "min-max norm 0 to 1, rate 0.5". */
export function constraintWords(value: Json | undefined, catalog: Catalog): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "no constraint";
  const entry = entryOf(catalog.constraints, value.kind);
  if (!entry) return String(value.kind);
  const numbers = fieldsOf(entry.schema, catalog).filter((field) => field.type === "number");
  const bounds = numbers.filter((field) => /limit/i.test(field.title));
  const others = numbers.filter((field) => !bounds.includes(field) && value[field.name] !== field.default);
  const figures = bounds.map((field) => plain(value[field.name])).join(" to ");
  const rest = others.map((field) => `, ${field.title.toLowerCase()} ${plain(value[field.name])}`);
  return [entry.title.toLowerCase(), figures].filter(Boolean).join(" ") + rest.join("");
}
