import type { Catalog, Entry, Fields, Json, Schema } from "../api/catalog";
import { defaultFields, defaultOf, defaultsOf, entryOf, type FieldSpec, fieldsOf } from "./catalog";
import { changesOf, changeText, partsOf } from "./changes";
import { type Draft, NO_CHANGES, setIn } from "./draft";

/** `value`, with the defaults of fields that an entry or object within it lacks. */
function completed(spec: FieldSpec, value: Json, catalog: Catalog): Json {
  if (typeof value !== "object" || value === null) return value;
  if (spec.type === "entries" && Array.isArray(value)) {
    return value.map((each) => completed({ ...spec, type: "entry" }, each, catalog));
  }
  if (Array.isArray(value)) return value;
  if (spec.type === "object") return { ...defaultFields(spec.schema, catalog), ...value };
  const entry = spec.type === "entry" ? entryOf(spec.kinds, value.kind) : undefined;
  if (!entry) return value;
  const fields = fieldsOf(entry.schema, catalog).map((field): [string, Json] => {
    const own = value[field.name];
    return [field.name, own === undefined ? defaultOf(field, catalog) : completed(field, own, catalog)];
  });
  return { kind: entry.kind, ...Object.fromEntries(fields) };
}

/**
 * An experiment that the service gave, ready to edit: every layer named, as the service would name it, what its arms
 * change written out in full, and without the arms of its sweep, which the service makes anew.
 */
export function draftOf(experiment: unknown, catalog: Catalog): Draft {
  const draft = writtenOut(experiment, catalog);
  return { ...draft, arms: draft.arms.filter((arm) => !arm.point) };
}

/** An experiment written out in full, with the arms of its sweep. */
function writtenOut(experiment: unknown, catalog: Catalog): Draft {
  const given = experiment as Draft;
  const layers = given.network.layers.map((layer, i) => ({ ...layer, name: layer.name ?? `${layer.kind}_${i + 1}` }));
  const draft = { ...given, network: { ...given.network, layers: layers as Entry[] } };
  const parts = partsOf(draft, catalog);
  const arms = draft.arms.map((arm) => {
    const changes = changesOf({ ...NO_CHANGES, ...arm.changes }, parts).reduce(
      (all, { location, field, value }) => setIn(all, location, field ? completed(field, value, catalog) : value),
      NO_CHANGES,
    );
    return { ...arm, changes };
  });
  return { ...draft, arms };
}

/** A stored draft with the fields added to the catalog since; null if it no longer fits the catalog. */
export function renewed(draft: Draft, catalog: Catalog): Draft | null {
  const dataset = entryOf(catalog.datasets, draft.dataset?.kind);
  const layers = draft.network?.layers?.map((layer) => {
    const entry = entryOf(catalog.layers, layer.kind);
    return entry && { ...defaultsOf(entry, catalog), ...layer };
  });
  if (!dataset || !layers?.every((layer) => layer !== undefined)) return null;
  const within = (schema: Schema, fields: Fields): Fields => ({ ...defaultFields(schema, catalog), ...fields });
  return {
    ...draft,
    dataset: { ...defaultsOf(dataset, catalog), ...draft.dataset },
    split: within(catalog.split.schema, draft.split),
    network: { layers, output: within(catalog.output.schema, draft.network.output) },
    training: within(catalog.training.schema, draft.training),
    claims: within(catalog.claims.schema, draft.claims ?? {}),
  };
}

/** Changes of the arms of an experiment other than constraints, in words. */
export function otherChanges(experiment: unknown, catalog: Catalog): string[][] {
  const draft = writtenOut(experiment, catalog);
  const parts = partsOf(draft, catalog);
  return draft.arms.map(({ changes }) =>
    changesOf(changes, parts)
      .filter((change) => change.role !== "constraint")
      .map((change) => changeText(change, draft, catalog, false)),
  );
}
