import type { Catalog, Fields, Json } from "../../api/catalog";
import { entryOf, type FieldSpec, fieldsOf, isRare } from "../../experiment/catalog";
import { constraintText, entryText, fieldText, penaltyText, plain, spoken } from "../../experiment/phrases";

/** Whether a value says that something is left out. */
function isNothing(value: Json): boolean {
  return value === null || value === false || value === "" || value === 0 || (Array.isArray(value) && !value.length);
}

/** Those of `specs` that tell something: values that were changed, and others unless they are rarely changed. */
function telling(specs: readonly FieldSpec[], values: Fields): FieldSpec[] {
  return specs.filter((spec) => {
    const value = values[spec.name] ?? null;
    const changed = spec.default === undefined || JSON.stringify(value) !== JSON.stringify(spec.default);
    return changed ? value !== null && value !== "" : !isRare(spec) && !isNothing(value);
  });
}

function detailedText(head: string, specs: readonly FieldSpec[], values: Fields, catalog: Catalog): string {
  return [head, ...telling(specs, values).map((spec) => fieldText(spec, values[spec.name], catalog))].join(", ");
}

function valueText(spec: FieldSpec, value: Json, catalog: Catalog): string {
  if (spec.type === "flag") return value === true ? "yes" : "no";
  if (spec.type === "entry") {
    const entry = entryOf(spec.kinds, (value as Fields).kind);
    if (spec.name.endsWith("_constraint")) return constraintText(value, catalog);
    if (spec.name.endsWith("_regularizer")) return penaltyText(value, catalog);
    if (!entry) return entryText(value, spec.kinds, catalog);
    return detailedText(entry.title, fieldsOf(entry.schema, catalog), value as Fields, catalog);
  }
  if (spec.type === "object") {
    const fields = fieldsOf(spec.schema, catalog);
    return telling(fields, value as Fields)
      .map((each) => fieldText(each, (value as Fields)[each.name], catalog))
      .join(", ");
  }
  if (spec.type === "entries") return fieldText(spec, value, catalog);
  if (spec.type === "special" && spec.widget === "layer") return plain(value) || "the input";
  return (spec.name === "random_state" ? plain : spoken)(value).replaceAll("_", " ");
}

/** Titles and values of the settings that tell something, in the form's words. */
export function settingRows(specs: readonly FieldSpec[], values: Fields, catalog: Catalog): [string, string][] {
  return telling(specs, values).map((spec) => [spec.title, valueText(spec, values[spec.name] as Json, catalog)]);
}
