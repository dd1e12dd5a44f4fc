/** The question of a lesson, asked of the draft's own data set and network. */
import type { Catalog, Entry } from "../api/catalog";
import { entryOf, fits } from "../experiment/catalog";
import { changesOf, partsOf } from "../experiment/changes";
import { type ArmDraft, type Draft, freeName, setIn } from "../experiment/draft";
import { drawCount, mostDraws, withDraws } from "../experiment/replicates";
import { BY_COLUMN } from "./edits";

/**
 * `draft` with the arms and the draws of `lesson`: what its arms do to the first weight of its network they do to the
 * draft's. Arms that don't fit there are left out, and draws where the rows vary already or are cut in one way only.
 * Null where no arm fits.
 */
export function askedOf(lesson: Draft, draft: Draft, catalog: Catalog): Draft | null {
  const [baseline] = draft.arms;
  const [own, theirs] = [draft, lesson].map((each) => partsOf(each, catalog).find(({ weights }) => weights.length > 0));
  const [weight, first] = [own?.weights[0], theirs?.weights[0]];
  if (!baseline || !own || !weight || !first) return null;
  const names = [baseline.name];
  const arms = lesson.arms.flatMap((arm): ArmDraft[] => {
    const made = changesOf(arm.changes, partsOf(lesson, catalog));
    const [change] = made;
    if (made.length !== 1 || change?.part?.label !== theirs?.label || change?.weight?.name !== first.name) return [];
    const entry =
      change.role === "constraint" ? entryOf(catalog.constraints, (change.value as Entry | null)?.kind) : null;
    if (!entry || !fits(entry, weight)) return [];
    const name = freeName(arm.name, names);
    names.push(name);
    return [{ name, changes: setIn(baseline.changes, [...own.change, weight.field], change.value) }];
  });
  if (arms.length === 0) return null;
  const asked: Draft = {
    ...draft,
    arms: [{ ...baseline, family: null }, ...arms],
    sweep: null,
    prediction: null,
    published: null,
  };
  const { resample, by = "rows" } = draft.split;
  const isFixed = drawCount(draft) !== null || resample === true || (BY_COLUMN.includes(by) && by !== "group");
  const draws = Math.min(drawCount(lesson) ?? 0, mostDraws(asked.arms.length));
  return isFixed || draws < 2 ? asked : withDraws(asked, draws);
}
