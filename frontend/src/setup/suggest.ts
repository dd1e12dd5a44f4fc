import { type Catalog, defaultsOf, type Json } from "./catalog";
import {
  type ArmDraft,
  armName,
  type Changes,
  changesOf,
  type Draft,
  freeName,
  NO_CHANGES,
  type Part,
  partsOf,
  setIn,
} from "./draft";

/** Values that people try first, where they are not the service's defaults. */
const FIRST_TRIES: Record<string, Record<string, Json>> = { max_norm: { max_value: 3 } };
const DROPOUT_RATES = [0.2, 0.5];

function signature(changes: Changes, parts: readonly Part[]): string {
  return JSON.stringify(changesOf(changes, parts).map((change) => [change.location, change.value]));
}

/**
 * Arms that are likely to be wanted next: each constraint on the first weight that can have one, then on the output
 * layer's, and other rates for a dropout layer. Those that exist already, and those that are the base, are left out.
 */
export function suggestArms(draft: Draft, catalog: Catalog): ArmDraft[] {
  const parts = partsOf(draft, catalog);
  const candidates: Changes[] = [];
  const constrainable = parts.filter((part) => part.weights.length > 0);
  for (const part of [constrainable[0], constrainable.at(-1)]) {
    const weight = part?.weights[0];
    if (!part || !weight) continue;
    for (const entry of catalog.constraints) {
      const value = { ...defaultsOf(entry, catalog), ...FIRST_TRIES[entry.kind] };
      candidates.push(setIn(NO_CHANGES, [...part.change, weight.field], value));
    }
  }
  for (const part of parts) {
    const rate = part.value.kind === "dropout" ? part.fields.find((field) => field.name === "rate") : undefined;
    if (!rate) continue;
    for (const value of DROPOUT_RATES) {
      if (part.value.rate !== value) candidates.push(setIn(NO_CHANGES, [...part.change, "rate"], value));
    }
  }
  const taken = new Set(draft.arms.map((arm) => signature(arm.changes, parts)));
  const names = draft.arms.map((arm) => arm.name);
  return candidates.flatMap((changes) => {
    const own = signature(changes, parts);
    if (taken.has(own)) return [];
    taken.add(own);
    return [{ name: freeName(armName(changes, parts, catalog), names), changes }];
  });
}
