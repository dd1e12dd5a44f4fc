import type { Catalog, Fields, Json } from "../api/catalog";
import { entryOf, type FieldSpec, fieldsOf } from "../experiment/catalog";
import { armName, partsOf } from "../experiment/changes";
import { type Draft, freeName } from "../experiment/draft";
import { renamedIn } from "./sweep/sweep";

/**
 * `after`, with every arm whose changes are not those of `before` named anew, where its name said what it changed.
 * A name that was chosen by hand stays.
 */
export function withArmNames(before: Draft, after: Draft, catalog: Catalog): Draft {
  if (before.arms.length !== after.arms.length || before.arms === after.arms) return after;
  const arms = [...after.arms];
  for (const [index, arm] of after.arms.entries()) {
    const old = before.arms[index];
    if (!old || old.changes === arm.changes || old.name !== arm.name) continue;
    const names = [arm.name, arm.name.replace(/ \d+$/, "")];
    if (!names.includes(armName(old.changes, before, catalog)) && !names.includes("new arm")) continue;
    // Those renamed before it have their new names.
    const others = arms.filter((_, i) => i !== index).map((each) => each.name);
    arms[index] = { ...arm, name: freeName(armName(arm.changes, after, catalog), others) };
  }
  return { ...after, arms };
}

/** `after`, with the published figures under the names that the arms have now; those of an arm that is gone go too. */
export function withPublished(before: Draft, after: Draft): Draft {
  const { published } = after;
  if (before.arms === after.arms || typeof published !== "object" || !published || Array.isArray(published))
    return after;
  const renamed = new Map(before.arms.map((arm, index) => [arm.name, after.arms[index]?.name]));
  const names = after.arms.map((arm) => arm.name);
  const same = before.arms.length === after.arms.length;
  const values = Object.entries((published.values ?? {}) as Fields).flatMap(([name, value]): [string, Json][] => {
    const now = names.includes(name) ? name : same ? renamed.get(name) : undefined;
    return now === undefined ? [] : [[now, value]];
  });
  if (values.length) return { ...after, published: { ...published, values: Object.fromEntries(values) } };
  return { ...after, published: null };
}

/** `after`, with the prediction under the name that its arm has now; without it where that arm, or the sweep, is gone. */
export function withPrediction(before: Draft, after: Draft): Draft {
  const { prediction } = after;
  if (!prediction || (before.arms === after.arms && before.sweep === after.sweep)) return after;
  if (after.arms.some((arm) => arm.name === prediction)) return after;
  const index = before.arms.findIndex((arm) => arm.name === prediction);
  // Arms of the sweep have other names once it is another one.
  if (index < 0) return before.sweep === after.sweep ? after : { ...after, prediction: null };
  const now = before.arms.length === after.arms.length ? after.arms[index]?.name : undefined;
  return { ...after, prediction: now ?? null };
}

/** Ways of cutting the rows by a column's values. */
export const BY_COLUMN: readonly Json[] = ["group", "time", "column"];

/** `after`, without the column that cut the rows where they are cut in a way that needs none. */
export function withSplitColumn(before: Draft, after: Draft): Draft {
  const { by, column } = after.split;
  if (before.split.by === by || BY_COLUMN.includes(by ?? null) || (column ?? null) === null) return after;
  return { ...after, split: { ...after.split, column: null } };
}

/** `fields` of a layer, with every mention of layer `before` turned into `name`. */
function mentioning<T extends Fields>(fields: T, specs: readonly FieldSpec[], before: string, name: string): T {
  const mentions = specs.filter((spec) => isMention(spec) && fields[spec.name] === before);
  if (mentions.length === 0) return fields;
  return { ...fields, ...Object.fromEntries(mentions.map((spec) => [spec.name, name])) };
}

/** Whether the field holds the name of another layer. */
export function isMention(spec: FieldSpec): boolean {
  return spec.type === "special" && spec.widget === "layer";
}

/** Why layer `index` can't be called `name`; null where it can. */
export function nameProblem(name: string, index: number, layers: readonly Fields[]): string | null {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(name)) {
    return "Start with a letter; use up to 40 letters, digits and underscores";
  }
  const taken = name === "output" || layers.some((layer, i) => i !== index && layer.name === name);
  return taken ? `The name ${name} is taken; choose another` : null;
}

/** `draft` without what its arms change of the layer called `name`, and how many changes that were. */
export function withoutChangesOf(draft: Draft, name: string): { draft: Draft; dropped: number } {
  let dropped = 0;
  const arms = draft.arms.map((arm) => {
    const { [name]: gone, ...layers } = arm.changes.layers;
    if (!gone) return arm;
    dropped += Object.keys(gone).length;
    return { ...arm, changes: { ...arm.changes, layers } };
  });
  return dropped ? { draft: { ...draft, arms }, dropped } : { draft, dropped };
}

/** `draft` with layer `index` called `name`, wherever it is mentioned. */
export function renameLayer(draft: Draft, index: number, name: string, catalog: Catalog): Draft {
  const before = String(draft.network.layers[index]?.name);
  const parts = partsOf(draft, catalog);
  const layers = draft.network.layers.map((layer, i) => {
    const specs = fieldsOf(entryOf(catalog.layers, layer.kind)?.schema ?? {}, catalog);
    const mentioned = mentioning(layer, specs, before, name);
    return i === index ? { ...mentioned, name } : mentioned;
  });
  const arms = draft.arms.map((arm) => {
    const changed = Object.entries(arm.changes.layers).map(([layer, fields]): [string, Fields] => {
      const specs = parts.find((part) => part.label === layer && part.change[0] === "layers")?.fields ?? [];
      return [layer === before ? name : layer, mentioning(fields, specs, before, name)];
    });
    const same = changed.every(([layer, fields]) => arm.changes.layers[layer] === fields);
    return same ? arm : { ...arm, changes: { ...arm.changes, layers: Object.fromEntries(changed) } };
  });
  const sweep = draft.sweep ? { sweep: renamedIn(draft.sweep, before, name) } : {};
  return { ...draft, network: { ...draft.network, layers }, arms, ...sweep };
}
