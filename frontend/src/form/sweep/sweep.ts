/** Sweeps in the form: the numbers that can be varied, their first ranges, and how a sweep follows changes of the base. */
import type { Catalog, Fields } from "../../api/catalog";
import type { Location } from "../../api/problem";
import { defaultsOf, entryOf, type FieldSpec, fieldsOf, fits, type NumberSpec } from "../../experiment/catalog";
import { type Part, partsOf, roleOf } from "../../experiment/changes";
import {
  type AxisDraft,
  type Changes,
  type Draft,
  getIn,
  initialValue,
  NO_CHANGES,
  type SweepDraft,
  setIn,
} from "../../experiment/draft";

/** A number that a sweep can vary. */
export interface Variable {
  path: (string | number)[];
  /** Heading under which it is offered. */
  group: string;
  label: string;
  /** The label within a sentence. */
  phrase: string;
  spec: NumberSpec;
  /** Change that every arm of the sweep needs for the number to exist. */
  changes: Changes;
  /** The kind of entry that it belongs to: several can have a field of the same name at one place. */
  kind: string | null;
}

function numbers(specs: readonly FieldSpec[]): NumberSpec[] {
  return specs.filter((spec) => spec.type === "number");
}

/** Numbers of the entries that can act on one of the part's weights. */
function acting(part: Part, field: FieldSpec, draft: Draft, catalog: Catalog): Variable[] {
  const act = roleOf(part, field.name);
  if (!act || field.type !== "entry") return [];
  const base = getIn(draft, [...part.base, field.name]) as Fields | null | undefined;
  return field.kinds
    .filter((kind) => fits(kind, act.weight))
    .flatMap((kind) => {
      const own = numbers(fieldsOf(kind.schema, catalog));
      const there = base?.kind === kind.kind;
      const changes = there ? NO_CHANGES : setIn(NO_CHANGES, [...part.change, field.name], defaultsOf(kind, catalog));
      return own.map((spec) => ({
        path: [...part.change, field.name, spec.name],
        group: `${part.label} ${act.weight.name.replaceAll("_", " ")}`,
        label: own.length === 1 ? kind.title : `${kind.title}: ${spec.phrase}`,
        phrase: own.length === 1 ? kind.name : `${kind.name}: ${spec.phrase}`,
        spec,
        changes,
        kind: kind.kind,
      }));
    });
}

/** Numbers within an object or entry of the base, or within one that is left out, with its defaults. */
function within(part: Part, field: FieldSpec, draft: Draft, catalog: Catalog): Variable[] {
  const base = getIn(draft, [...part.base, field.name]) as Fields | null | undefined;
  const [schema, kind] =
    field.type === "object"
      ? [field.schema, null]
      : field.type === "entry" && base
        ? [entryOf(field.kinds, base.kind)?.schema, String(base.kind)]
        : [undefined, null];
  if (!schema) return [];
  const changes = base
    ? NO_CHANGES
    : setIn(NO_CHANGES, [...part.change, field.name], initialValue(field, draft, catalog));
  return numbers(fieldsOf(schema, catalog)).map((spec) => ({
    path: [...part.change, field.name, spec.name],
    group: part.label,
    label: field.name === "optimizer" ? spec.title : `${field.title}: ${spec.phrase}`,
    phrase: field.name === "optimizer" ? spec.phrase : `${field.phrase}: ${spec.phrase}`,
    spec,
    changes,
    kind,
  }));
}

/** Every number that a sweep can vary, part by part: those of its weights' constraints first. */
export function variablesOf(draft: Draft, catalog: Catalog): Variable[] {
  return partsOf(draft, catalog).flatMap((part) => {
    const plain = numbers(part.fields).map((spec) => ({
      path: [...part.change, spec.name],
      group: part.label,
      label: spec.title,
      phrase: spec.phrase,
      spec,
      changes: NO_CHANGES,
      kind: null,
    }));
    const acts = part.fields.flatMap((field) => acting(part, field, draft, catalog));
    const nested = part.fields.flatMap((field) =>
      roleOf(part, field.name) ? [] : within(part, field, draft, catalog),
    );
    return part.label === "training" ? [...nested, ...plain] : [...acts, ...plain, ...nested];
  });
}

/** The number that an axis varies; null when it no longer exists. */
export function variableOf(axis: AxisDraft, sweep: SweepDraft, draft: Draft, catalog: Catalog): Variable | null {
  const entry = axis.path.slice(0, -1);
  const head = entry.slice(0, entry[0] === "layers" ? 3 : 2);
  const holder = getIn(sweep.changes, entry) ?? getIn(sweep.changes, head);
  const kind = (holder as Fields | null | undefined)?.kind ?? null;
  const here = variablesOf(draft, catalog).filter((each) => each.path.join("/") === axis.path.join("/"));
  return here.find((each) => kind !== null && each.kind === kind) ?? here.find((each) => !filledBy(each)) ?? null;
}

/** Whether the sweep must add the entry or object that has the number. */
function filledBy({ changes }: Variable): boolean {
  return changes !== NO_CHANGES;
}

/** A new axis for a number: its own range, or one around its default and within its limits. */
export function axisFor({ path, spec }: Variable): AxisDraft {
  const low = spec.min ?? spec.above ?? Number.NEGATIVE_INFINITY;
  const high = spec.max ?? spec.below ?? Number.POSITIVE_INFINITY;
  const value = typeof spec.default === "number" && spec.default !== 0 ? Math.abs(spec.default) : 1;
  const round = (number: number) => (spec.integer ? Math.round(number) : Number(number.toPrecision(3)));
  if (spec.sweep) return { path, values: null, ...spec.sweep, scale: "log" };
  const [start, stop, steps] = spec.log
    ? [Math.max(low, round(value / 8)), Math.min(high, round(value * 8)), 7]
    : high - low <= 1
      ? [Math.max(0, low), round(low + 0.8 * (high - low)), 5]
      : [Math.max(low, 0), Math.min(high, round(2 * value)), 5];
  return { path, values: null, start, stop, steps, scale: spec.log ? "log" : "linear" };
}

function merged(one: Changes, other: Changes): Changes {
  const layers = { ...one.layers };
  for (const [name, fields] of Object.entries(other.layers)) layers[name] = { ...layers[name], ...fields };
  return { layers, output: { ...one.output, ...other.output }, training: { ...one.training, ...other.training } };
}

/** The sweep with one more axis; a new one where there was none. */
export function withAxis(sweep: SweepDraft | null, variable: Variable): SweepDraft {
  const changes = merged(variable.changes, sweep?.changes ?? NO_CHANGES);
  return { axes: [...(sweep?.axes ?? []), axisFor(variable)], changes };
}

/** The field of an arm's changes that a path goes through: the layer's, the output's or the training's. */
function fieldPath(path: Location): string {
  return path.slice(0, path[0] === "layers" ? 3 : 2).join("/");
}

/** The sweep without axis `index`, and without the change that only that axis needed; null without any axis. */
export function withoutAxis(sweep: SweepDraft, index: number): SweepDraft | null {
  const gone = sweep.axes[index];
  const axes = sweep.axes.toSpliced(index, 1);
  if (axes.length === 0 || !gone) return null;
  const needed = axes.some((axis) => fieldPath(axis.path) === fieldPath(gone.path));
  const changes = needed
    ? sweep.changes
    : setIn(sweep.changes, gone.path.slice(0, gone.path[0] === "layers" ? 3 : 2), undefined);
  return { axes, changes };
}

/** Whether a number that `sweep` varies stands at `location`, or below it, in what all its arms change. */
export function isVariedUnder(location: Location, sweep: SweepDraft | null | undefined): boolean {
  const place = `${location.join("/")}/`;
  return (
    place.startsWith("sweep/changes/") &&
    Boolean(sweep?.axes.some(({ path }) => `sweep/changes/${path.join("/")}/`.startsWith(place)))
  );
}

/** `sweep` with layer `before` called `name`. */
export function renamedIn(sweep: SweepDraft, before: string, name: string): SweepDraft {
  const renamed = (path: AxisDraft["path"]) =>
    path[0] === "layers" && path[1] === before ? ["layers", name, ...path.slice(2)] : path;
  const layers = Object.entries(sweep.changes.layers).map(([layer, fields]): [string, Fields] => [
    layer === before ? name : layer,
    fields,
  ]);
  return {
    axes: sweep.axes.map((axis) => ({ ...axis, path: renamed(axis.path) })),
    changes: { ...sweep.changes, layers: Object.fromEntries(layers) },
  };
}
