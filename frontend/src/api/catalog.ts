/** The catalog as the service writes it. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type Fields = { [field: string]: Json };

export type Entry = Fields & { kind: string };

/** The part of JSON Schema that the service writes, with its own hints for forms. */
export interface Schema {
  type?: string;
  const?: Json;
  default?: Json;
  enum?: Json[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  title?: string;
  description?: string;
  step?: number;
  scale?: "log";
  widget?: string;
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
  /** The layer's field that holds the weight's constraint. */
  field: string;
  /** The layer's field that holds its regulariser. */
  regularizer_field: string;
  /** How many axes it has. */
  rank: number;
  unit_axis: number[];
  unit_words: string;
}

export interface CatalogEntry {
  kind: string;
  title: string;
  summary: string;
  description: string;
  schema: Schema;
  /** Under which heading it is offered. */
  group?: string;
  /** Of a data set: fields of the split that suit it. */
  split?: Fields;
  /** Of a constraint: the shape of its feasible set. */
  feasible?: string;
  /** Of a constraint or regulariser: numbers of axes that a weight may have; null: any. */
  ranks?: number[] | null;
  weights?: Weight[];
}

/** Families of entries, by the catalog's names. */
export const FAMILIES = ["datasets", "layers", "constraints", "regularizers", "optimizers", "schedules"] as const;

export type Catalog = Record<(typeof FAMILIES)[number], CatalogEntry[]> & {
  split: { schema: Schema };
  output: { schema: Schema; weights: Weight[] };
  training: { schema: Schema };
};
