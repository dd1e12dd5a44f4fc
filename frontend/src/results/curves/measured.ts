import type { Metric } from "../../api/events";
import { type Series, valueAt } from "../../charts/series";
import { type SpreadKind, spreadFactor } from "../../charts/spread";
import { figure, spreadText } from "../../format";
import type { ArmState } from "../../state/arms";
import { lowerBound } from "../../state/column";

/** A mean with what is drawn around it: half a band's width, or the least and the greatest. */
export interface Measured {
  mean: number | null;
  half: number | null;
  range: [number, number] | null;
}

function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** A curve's figure at `epoch`. */
export function measuredAt({ epoch: epochs, mean, pool }: Series, epoch: number, kind: SpreadKind): Measured {
  const at = known(valueAt(epochs, mean, epoch));
  const index = Math.min(lowerBound(epochs, epoch), epochs.length - 1);
  const n = pool?.count[index] ?? 0;
  if (at === null || !pool || n < 2) return { mean: at, half: null, range: null };
  if (kind === "range") return { mean: at, half: null, range: [pool.low[index] as number, pool.high[index] as number] };
  return { mean: at, half: spreadFactor(kind, n) * Math.sqrt((pool.squares[index] as number) / (n - 1)), range: null };
}

/** A figure of the last weights, over the arm's finished runs. */
export function measuredOver({ figures, runs }: ArmState, metric: Metric, kind: SpreadKind): Measured {
  const { mean, sd } = figures[metric];
  if (sd === null) return { mean, half: null, range: null };
  const values = runs.flatMap((run) => run.figures?.[metric] ?? []);
  if (kind === "range") return { mean, half: null, range: [Math.min(...values), Math.max(...values)] };
  return { mean, half: sd * spreadFactor(kind, values.length), range: null };
}

/** "0.943 ± 0.012", or "0.943 (0.914 to 0.957)". */
export function measuredText({ mean, half, range }: Measured): string {
  if (range) return `${figure(mean)} (${figure(range[0])} to ${figure(range[1])})`;
  return spreadText({ mean, sd: half });
}
