/** Sizes of the presentation, in pixels of its own, which are larger than the screen's by its zoom. */

/** Arms on one screen; more would be too narrow to be read from the back of a room. */
export const MOST_ARMS = 4;
/** Height for which sizes are drawn, without zoom. */
const PLAIN = 620;
/** Width that a panel needs before it is worth enlarging. */
const NARROWEST = 250;
const GAP = 16;
/** Name, constraint and figures of an arm beside its chart. */
const WORDS = 70;
/** The maps' key. */
const LINE = 24;
const LEAST_CHART = 110;
/** Height of a chart and of a map where arms stand below each other, and the stage scrolls. */
const STACKED = { curves: 180, maps: 260 } as const;

/** Enlargement of everything on a screen of this size that shows so many arms. */
export function zoomFor(width: number, height: number, arms: number): number {
  const room = Math.min(height / PLAIN, width / (arms * (NARROWEST + GAP)));
  return Math.min(3, Math.max(1, Math.floor(room * 20) / 20));
}

/** Arms side by side on a screen so wide: all of them where they can be read so. */
export function columnsOf(width: number, arms: number): number {
  return Math.max(1, Math.min(arms, Math.floor(width / NARROWEST)));
}

/** Heights of the curves and of the maps below them, for a stage so high; 0 for one that scrolls. */
export function heightsOf(stage: number, hasMaps: boolean): { curves: number; maps: number } {
  if (stage === 0) return { ...STACKED, maps: hasMaps ? STACKED.maps : 0 };
  const room = Math.max(0, stage - WORDS);
  if (!hasMaps) return { curves: Math.max(LEAST_CHART, room), maps: 0 };
  const charts = Math.max(2 * LEAST_CHART, room - LINE);
  const curves = Math.max(LEAST_CHART, Math.round(0.42 * charts));
  return { curves, maps: charts - curves };
}

/** Names of the arms to begin with: all that fit, or the baseline and the next two. */
export function firstArms(names: readonly string[]): string[] {
  return names.length <= MOST_ARMS ? [...names] : names.slice(0, 3);
}

/** `chosen` with an arm added or taken away, in the arms' order; the last one stays, and no more than fit are taken. */
export function toggled(chosen: readonly string[], name: string, all: readonly string[]): string[] {
  const after = chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name];
  if (after.length === 0 || after.length > MOST_ARMS) return [...chosen];
  return all.filter((each) => after.includes(each));
}
