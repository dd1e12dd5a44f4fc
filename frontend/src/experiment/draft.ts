import type { Catalog, Entry, Fields, Json } from "../api/catalog";
import type { Location } from "../api/problem";
import { type FieldSpec, filled } from "./catalog";

export type Changes = { layers: { [layer: string]: Fields }; output: Fields; training: Fields };
export type ArmDraft = {
  name: string;
  changes: Changes;
  /** The method that it is one trial of. */
  family?: string | null;
  /** Set for an arm that the lab made from the sweep; a draft has no such arms. */
  point?: number[] | null;
};

/** An experiment as edited in the form: the shape of a posted one, but any field may be invalid. */
export type Draft = {
  name: string;
  tags: string[];
  dataset: Entry;
  split: Fields;
  network: { layers: Entry[]; output: Fields };
  training: Fields;
  seeds: Json[];
  /** Arms listed in the form; the service adds those of the sweep. */
  arms: ArmDraft[];
  sweep?: SweepDraft | null;
  /** How the arms are judged. */
  claims?: Fields;
  /** Name of the arm that is expected to win. */
  prediction?: string | null;
  /** Published figures of such arms. */
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

/** Fields of the training that watch a metric. */
const WATCHING = new Set(["early_stopping", "reduce_lr_on_plateau"]);

/**
 * Initial value of a field that was left out so far. What watches a metric watches the validation rows, or the test
 * rows where there are no others to watch (of which the service warns).
 */
export function initialValue(spec: FieldSpec, draft: Draft, catalog: Catalog): Json {
  const value = filled(spec, catalog);
  if (!WATCHING.has(spec.name) || draft.split.validation) return value;
  return { ...(value as Fields), watch: "test" };
}

/** `name`, or it with the first number from 2 that makes it differ from `taken`. */
export function freeName(name: string, taken: readonly string[], join = " "): string {
  const used = new Set(taken.map((each) => each.trim().toLowerCase()));
  if (!used.has(name.toLowerCase())) return name;
  for (let i = 2; ; i++) if (!used.has(`${name}${join}${i}`.toLowerCase())) return `${name}${join}${i}`;
}

export const NO_CHANGES: Changes = { layers: {}, output: {}, training: {} };

/** One number that is varied: its values, or a range. Any field may be invalid. */
export interface AxisDraft {
  path: (string | number)[];
  values: Json;
  start: Json;
  stop: Json;
  steps: Json;
  scale: "linear" | "log";
}

export interface SweepDraft {
  axes: AxisDraft[];
  changes: Changes;
}
