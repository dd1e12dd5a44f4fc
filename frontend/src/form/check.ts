import type { Catalog, Fields, Json, Schema } from "../api/catalog";
import type { Location, Problem } from "../api/problem";
import { entryOf, type FieldSpec, fieldsOf, type Widget } from "../experiment/catalog";
import { changesOf, partsOf } from "../experiment/changes";
import type { Draft } from "../experiment/draft";
import { isMention } from "./edits";
import { commaProblem } from "./fields/parseNumber";

interface Limits {
  integer: boolean;
  min?: number;
  max?: number;
  above?: number;
  below?: number;
}

function numberProblem(spec: Limits, value: Json | undefined): string | null {
  const ambiguous = commaProblem(value);
  if (ambiguous) return ambiguous;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    return spec.integer ? "Must be a whole number" : "Must be a number";
  }
  if (spec.integer && !Number.isInteger(value)) return "Must be a whole number";
  if (spec.above !== undefined && value <= spec.above) return `Must be greater than ${spec.above}`;
  if (spec.min !== undefined && value < spec.min) return `Must be at least ${spec.min}`;
  if (spec.below !== undefined && value >= spec.below) return `Must be less than ${spec.below}`;
  if (spec.max !== undefined && value > spec.max) return `Must be at most ${spec.max}`;
  return null;
}

function numbersProblem(spec: FieldSpec & { type: "numbers" }, value: Json | undefined): string | null {
  const values = Array.isArray(value) ? value : [value];
  const ambiguous = values.map((each) => commaProblem(each, true)).find((message) => message !== null);
  if (ambiguous) return ambiguous;
  const wrong = values.map((each) => numberProblem(spec, each)).find((message) => message !== null);
  if (wrong) return Array.isArray(value) && value.length > 1 ? `Each ${wrong.toLowerCase()}` : wrong;
  if (!Array.isArray(value)) return spec.single ? null : "Give a list, as in 3, 3";
  if (value.length < spec.minItems || value.length > spec.maxItems) {
    const wanted = spec.minItems === spec.maxItems ? spec.maxItems : `${spec.minItems} to ${spec.maxItems}`;
    return spec.maxItems === Number.POSITIVE_INFINITY
      ? `Give at least ${spec.minItems} numbers, as in 3, 3`
      : `Give ${spec.single ? "one number or " : ""}${wanted} numbers`;
  }
  return null;
}

function isAxis(value: Json | undefined): boolean {
  return value === null || (Array.isArray(value) ? value : [value]).every((axis) => Number.isInteger(axis));
}

function isShare(value: Json | undefined): boolean {
  return typeof value === "number" && ((value > 0 && value < 1) || (value >= 1 && Number.isInteger(value)));
}

const NAME = "^[A-Za-z][A-Za-z0-9_]{0,39}$";

function textProblem(spec: FieldSpec & { type: "text" }, value: Json | undefined): string | null {
  if (typeof value !== "string") return "Enter a value";
  if (value.length < spec.minLength)
    return spec.minLength === 1 ? "Enter a value" : `Use at least ${spec.minLength} characters`;
  if (value.length > spec.maxLength) return `Use at most ${spec.maxLength} characters`;
  if (spec.pattern && !new RegExp(spec.pattern).test(value)) {
    return spec.pattern === NAME
      ? "Start with a letter; use up to 40 letters, digits and underscores"
      : `Invalid format: ${spec.description || `must match ${spec.pattern}`}`;
  }
  return null;
}

function specialProblem(widget: Widget, value: Json | undefined): string | null {
  switch (widget) {
    case "axis":
      return isAxis(value) ? null : "Give whole numbers, as in 0 or 0, 1";
    case "file":
      return value ? null : "Upload a table";
    case "table_file":
      return value ? null : "Choose a table";
    case "arrays_file":
      return value ? null : "Upload an .npz file or a zip of pictures";
    case "column":
    case "other_column":
      return value ? null : "Choose a column";
    case "columns":
      return Array.isArray(value) && value.length ? null : "Choose at least one column";
    case "layer":
    case "treatments":
    case "more_targets":
      return null;
  }
}

/** Problems of a field's value, and of the values within it. */
export function fieldProblems(spec: FieldSpec, value: Json | undefined, at: Location, catalog: Catalog): Problem[] {
  if (spec.nullable && (value === null || value === undefined)) return [];
  const wrong = (message: string | null): Problem[] => (message === null ? [] : [{ location: at, message }]);
  switch (spec.type) {
    case "number":
      return wrong(numberProblem(spec, value));
    case "numbers":
      return wrong(numbersProblem(spec, value));
    case "choice":
      return wrong(
        spec.options.includes(value as Json) ? null : `Must be one of ${spec.options.map(String).join(", ")}`,
      );
    case "text":
      return wrong(textProblem(spec, value));
    case "share":
      return wrong(
        isShare(value) ? null : (commaProblem(value) ?? "Give a number of rows (1 or more) or a share between 0 and 1"),
      );
    case "special":
      return wrong(specialProblem(spec.widget, value));
    case "flag":
    case "texts":
      return [];
    case "object":
      return checkFields(spec.schema, value as Fields, at, catalog);
    case "entry": {
      const fields = value as Fields;
      const entry = entryOf(spec.kinds, fields?.kind);
      return entry ? checkFields(entry.schema, fields, at, catalog) : wrong("Choose one");
    }
    case "entries": {
      const list = Array.isArray(value) ? value : [];
      if (list.length < spec.minItems) return wrong(`Give at least ${spec.minItems}`);
      if (list.length > spec.maxItems) return wrong(`Give at most ${spec.maxItems}`);
      return list.flatMap((each, index) => {
        const entry = entryOf(spec.kinds, (each as Fields).kind);
        return entry ? checkFields(entry.schema, each as Fields, [...at, index], catalog) : [];
      });
    }
  }
}

function checkFields(schema: Schema, fields: Fields, at: Location, catalog: Catalog): Problem[] {
  return fieldsOf(schema, catalog).flatMap((spec) =>
    fieldProblems(spec, fields[spec.name], [...at, spec.name], catalog),
  );
}

function layerProblems(draft: Draft, catalog: Catalog): Problem[] {
  const names = draft.network.layers.map((layer) => layer.name);
  return draft.network.layers.flatMap((layer, index): Problem[] => {
    const at = ["network", "layers", index];
    const entry = entryOf(catalog.layers, layer.kind);
    if (!entry) return [];
    const problems = checkFields(entry.schema, layer, at, catalog);
    if (layer.name === "output" || names.indexOf(layer.name as string) < index) {
      problems.push({ location: [...at, "name"], message: `The name ${layer.name} is taken; choose another` });
    }
    for (const spec of fieldsOf(entry.schema, catalog).filter(isMention)) {
      const mentioned = layer[spec.name];
      if (!mentioned || names.slice(0, index).includes(mentioned as string)) continue;
      problems.push({
        location: [...at, spec.name],
        message: `${mentioned} is not before this layer; choose an earlier one`,
      });
    }
    return problems;
  });
}

function armProblems(draft: Draft, catalog: Catalog): Problem[] {
  const parts = partsOf(draft, catalog);
  return draft.arms.flatMap((arm, index) => {
    const problems: Problem[] = [];
    const twin = draft.arms.findIndex((other) => other.name.trim().toLowerCase() === arm.name.trim().toLowerCase());
    if (!arm.name.trim()) problems.push({ location: ["arms", index, "name"], message: "Give the arm a name" });
    else if (twin < index) {
      problems.push({ location: ["arms", index, "name"], message: "Another arm has this name; choose another" });
    }
    for (const change of changesOf(arm.changes, parts)) {
      const location = ["arms", index, "changes", ...change.location];
      if (!change.part)
        problems.push({ location, message: `Layer ${change.location[1]} no longer exists; remove this change` });
      else if (change.field) problems.push(...fieldProblems(change.field, change.value, location, catalog));
    }
    return problems;
  });
}

/** Commas of two meanings in a sweep's ranges and lists; the service finds the rest. */
function sweepProblems(draft: Draft): Problem[] {
  return (draft.sweep?.axes ?? []).flatMap(({ values, start, stop, steps }, index) => {
    const ends = Object.entries({ start, stop, steps }).map(([name, value]) => ({
      place: [name],
      value,
      listed: false,
    }));
    const list = Array.isArray(values) ? values : [];
    const listed = list.map((value, nth) => ({ place: ["values", nth], value, listed: true }));
    return [...ends, ...listed].flatMap(({ place, value, listed }) => {
      const message = commaProblem(value, listed);
      return message === null ? [] : [{ location: ["sweep", "axes", index, ...place], message }];
    });
  });
}

const GREATEST_SEED = 2 ** 31 - 1;

function seedProblems(seeds: readonly Json[]): Problem[] {
  if (seeds.length === 0) return [{ location: ["seeds"], message: "Give at least one seed" }];
  return seeds.flatMap((seed, index) => {
    const whole = typeof seed === "number" && Number.isInteger(seed) && seed >= 0 && seed <= GREATEST_SEED;
    if (!whole) return [{ location: ["seeds", index], message: `${seed} is not a seed: give whole numbers from 0` }];
    if (seeds.indexOf(seed) < index)
      return [{ location: ["seeds", index], message: `Seed ${seed} is listed twice; remove one` }];
    return [];
  });
}

/** Problems that are found without asking the service. */
export function check(draft: Draft, catalog: Catalog): Problem[] {
  const dataset = entryOf(catalog.datasets, draft.dataset.kind);
  const nameProblems: Problem[] = draft.name.trim()
    ? []
    : [{ location: ["name"], message: "Give the experiment a name" }];
  return [
    ...nameProblems,
    ...(dataset ? checkFields(dataset.schema, draft.dataset, ["dataset"], catalog) : []),
    ...checkFields(catalog.split.schema, draft.split, ["split"], catalog),
    ...layerProblems(draft, catalog),
    ...checkFields(catalog.output.schema, draft.network.output, ["network", "output"], catalog),
    ...checkFields(catalog.training.schema, draft.training, ["training"], catalog),
    ...seedProblems(draft.seeds),
    ...armProblems(draft, catalog),
    ...sweepProblems(draft),
  ];
}
