/** Types of the catalog under the page's names. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Json = Schemas["Json"];

export type Fields = { [field: string]: Json };

export type Entry = Fields & { kind: string };

export type Catalog = Schemas["CatalogView"];
export type CatalogEntry = Schemas["EntryView"];
/** JSON Schema with the catalog's hints for forms. */
export type Schema = Schemas["SchemaView"];
/** A weight of a layer that can be constrained. */
export type Weight = Schemas["CatalogWeightView"];
