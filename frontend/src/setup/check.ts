import type { Location, Problem } from "../api/problem";
import type { Catalog, FieldSpec, Fields, Json, NumberSpec } from "./catalog";
import { entryOf, fieldsOf } from "./catalog";
import { changesOf, type Draft, partsOf } from "./draft";

function numberProblem(spec: NumberSpec, value: Json | undefined): string | null {
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

function isAxis(value: Json | undefined): boolean {
  return value === null || (Array.isArray(value) ? value : [value]).every((axis) => Number.isInteger(axis));
}

function isShare(value: Json | undefined): boolean {
  return typeof value === "number" && ((value > 0 && value < 1) || (value >= 1 && Number.isInteger(value)));
}

function fieldProblems(spec: FieldSpec, value: Json | undefined, at: Location, catalog: Catalog): Problem[] {
  const wrong = (message: string): Problem[] => [{ location: at, message }];
  switch (spec.type) {
    case "number": {
      const message = numberProblem(spec, value);
      return message ? wrong(message) : [];
    }
    case "choice":
      return spec.options.includes(String(value)) ? [] : wrong(`Must be one of ${spec.options.join(", ")}`);
    case "text":
      if (
        (value === null && spec.nullable) ||
        (typeof value === "string" && new RegExp(spec.pattern ?? "").test(value))
      )
        return [];
      return wrong("Start with a letter; use up to 40 letters, digits and underscores");
    case "share":
      return isShare(value) ? [] : wrong("Give a number of rows (1 or more) or a share between 0 and 1");
    case "axis":
      return isAxis(value) ? [] : wrong("Give whole numbers, as in 0 or 0, 1");
    case "flag":
      return [];
    case "entry": {
      if (value === null && spec.nullable) return [];
      const fields = value as Fields;
      const entry = entryOf(spec.kinds, fields?.kind);
      return entry ? checkFields(fieldsOf(entry.schema, catalog), fields, at, catalog) : wrong("Choose one");
    }
  }
}

function checkFields(specs: readonly FieldSpec[], fields: Fields, at: Location, catalog: Catalog): Problem[] {
  return specs.flatMap((spec) => fieldProblems(spec, fields[spec.name], [...at, spec.name], catalog));
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
        problems.push({ location, message: `There is no layer ${change.location[1]} now; remove this` });
      else if (change.field) problems.push(...fieldProblems(change.field, change.value, location, catalog));
    }
    return problems;
  });
}

const GREATEST_SEED = 2 ** 31 - 1;

function seedProblems(seeds: readonly Json[]): Problem[] {
  if (seeds.length === 0) return [{ location: ["seeds"], message: "Give at least one seed" }];
  return seeds.flatMap((seed, index) => {
    const whole = typeof seed === "number" && Number.isInteger(seed) && seed >= 0 && seed <= GREATEST_SEED;
    if (!whole) return [{ location: ["seeds", index], message: `${seed} is not a seed: give whole numbers from 0` }];
    if (seeds.indexOf(seed) < index) return [{ location: ["seeds", index], message: `Seed ${seed} stands here twice` }];
    return [];
  });
}

/** Everything that can be known to be wrong before the service is asked. */
export function check(draft: Draft, catalog: Catalog): Problem[] {
  const dataset = entryOf(catalog.datasets, draft.dataset.kind);
  const nameless: Problem[] = draft.name.trim() ? [] : [{ location: ["name"], message: "Give the experiment a name" }];
  const names = draft.network.layers.map((layer) => layer.name);
  return [
    ...nameless,
    ...(dataset ? checkFields(fieldsOf(dataset.schema, catalog), draft.dataset, ["dataset"], catalog) : []),
    ...checkFields(fieldsOf(catalog.split.schema, catalog), draft.split, ["split"], catalog),
    ...draft.network.layers.flatMap((layer, index) => {
      const at = ["network", "layers", index];
      const entry = entryOf(catalog.layers, layer.kind);
      const taken = layer.name === "output" || names.indexOf(layer.name as Json as string) < index;
      return [
        ...(entry ? checkFields(fieldsOf(entry.schema, catalog), layer, at, catalog) : []),
        ...(taken ? [{ location: [...at, "name"], message: `The name ${layer.name} is taken; choose another` }] : []),
      ];
    }),
    ...checkFields(fieldsOf(catalog.output.schema, catalog), draft.network.output, ["network", "output"], catalog),
    ...checkFields(fieldsOf(catalog.training.schema, catalog), draft.training, ["training"], catalog),
    ...seedProblems(draft.seeds),
    ...armProblems(draft, catalog),
  ];
}
