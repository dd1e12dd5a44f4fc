import { roomFor, tickText } from "../../charts/drawing";
import { INK, translucent } from "../../charts/palette";
import { type Canvas, plotLayout } from "../../charts/plotLayout";
import type { Figure, Trace } from "../../charts/plotly";
import type { ArmNorms, WeightNorms } from "../../state/norms";

/** Position of epoch 0 on a logarithmic axis. */
export const ZERO = 0.5;

export function weightKey({ layer, weight }: Pick<WeightNorms, "layer" | "weight">): string {
  return `${layer} ${weight}`;
}

/** All weights that any arm has, in the order of the network. */
export function weightKeys(arms: readonly ArmNorms[]): string[] {
  return [...new Set(arms.flatMap((arm) => arm.weights.map(weightKey)))];
}

/** The weight to begin with: the first that any arm constrains, else the first kernel. */
export function firstWeight(arms: readonly ArmNorms[]): string | null {
  const all = arms.flatMap((arm) => arm.weights);
  const keys = weightKeys(arms);
  const constrained = keys.find((key) => all.some((each) => weightKey(each) === key && each.constraint !== null));
  return constrained ?? keys.find((key) => key.endsWith("kernel")) ?? keys[0] ?? null;
}

export function weightOf(arm: ArmNorms | undefined, key: string | null): WeightNorms | null {
  return arm?.weights.find((each) => weightKey(each) === key) ?? null;
}

/** Top of the norm axis that all arms share: room for every norm, and for limits that are not far above all. */
export function normExtent(weights: readonly WeightNorms[]): number {
  const norms = Math.max(0, ...weights.flatMap(({ max }) => max.filter(Number.isFinite)));
  const limits = weights.flatMap(({ limits: [low, high] }) => [low ?? 0, high ?? 0]);
  return roomFor(Math.max(norms, ...limits.filter((limit) => limit <= 2 * norms)));
}

export interface NormsAxes {
  log: boolean;
  epochs: readonly [number, number];
  top: number;
}

const DECADES = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** Axes of a norm panel, with labels at the limits. */
export function normsLayout(axes: NormsAxes, limits: WeightNorms["limits"], canvas: Canvas): Figure["layout"] {
  const { log, epochs, top } = axes;
  const x = {
    type: log ? ("log" as const) : ("linear" as const),
    range: (log ? epochs.map((epoch) => Math.log10(Math.max(epoch, ZERO))) : [...epochs]) as [number, number],
    ...(log
      ? {
          tickvals: [ZERO, ...DECADES],
          ticktext: ["0", ...DECADES.map((decade) => decade.toLocaleString("en"))],
        }
      : { nticks: canvas.width < 320 ? 4 : 6, separatethousands: true, tickformat: ",d" }),
    ticklabeloverflow: "allow",
    fixedrange: true,
  };
  const y = { range: [0, top] as [number, number], nticks: 6, fixedrange: true };
  const annotations = limitLabels(limits)
    .filter(({ at }) => at <= top)
    .map(({ at, label }) => ({
      xref: "paper",
      x: 0,
      xanchor: "left",
      y: at,
      yanchor: at > 0.9 * top ? "top" : "bottom",
      text: label,
      showarrow: false,
      font: { size: 11, color: INK[canvas.scheme].text },
    }));
  return { ...plotLayout(canvas, canvas.scheme, x, y), annotations, dragmode: false };
}

/** Label of each limit's line. */
export function limitLabels([low, high]: WeightNorms["limits"]): { at: number; label: string }[] {
  if (low !== null && low === high) return [{ at: low, label: `exactly ${tickText(low)}` }];
  return [
    ...(high === null ? [] : [{ at: high, label: `at most ${tickText(high)}` }]),
    ...(low === null || low === 0 ? [] : [{ at: low, label: `at least ${tickText(low)}` }]),
  ];
}

function filling(
  name: string,
  epochs: number[],
  low: number[],
  high: number[],
  colour: string,
  opacity: number,
): Trace {
  // No band after a run has diverged.
  const known = epochs.map((_, i) => i).filter((i) => Number.isFinite(low[i]) && Number.isFinite(high[i]));
  const [x, lower, upper] = [epochs, low, high].map((values) => known.map((i) => values[i] as number)) as [
    number[],
    number[],
    number[],
  ];
  return {
    type: "scatter",
    mode: "lines",
    name,
    x: [...x, ...x.toReversed()],
    y: [...upper, ...lower.toReversed()],
    line: { color: colour, width: 0 },
    fill: "toself",
    fillcolor: translucent(colour, opacity),
    hoverinfo: "skip",
  };
}

/** Median, quartiles and extremes of the norms over time, with the limits as lines. */
export function normTraces(weight: WeightNorms, colour: string, axes: NormsAxes, canvas: Canvas): Trace[] {
  const x = weight.epoch.map((epoch) => (axes.log ? Math.max(epoch, ZERO) : epoch));
  const line = (name: string, y: number[], width: number, dash: "solid" | "dot", paint = colour): Trace => ({
    type: "scatter",
    mode: "lines",
    name,
    x: y.length === x.length ? x : [...axes.epochs],
    y,
    line: { color: paint, width, dash },
    hoverinfo: "skip",
  });
  return [
    filling("least to greatest", x, weight.min, weight.max, colour, 0.12),
    filling("quartiles", x, weight.lower, weight.upper, colour, 0.3),
    line("median", weight.median, 1.8, "solid"),
    ...limitLabels(weight.limits).map(({ at, label }) => ({
      ...line(label, [at, at], 1.2, "dot", INK[canvas.scheme].text),
      x: [axes.log ? ZERO : 0, axes.epochs[1]],
    })),
  ];
}

/** Counts of `norms` in `bins` equal bins from 0 to `top`. */
export function histogram(norms: Float32Array, top: number, bins: number): number[] {
  const counts = Array.from({ length: bins }, () => 0);
  for (const norm of norms) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((norm / top) * bins)));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts;
}

/** Share of the norm below which the distance of a projection is what rounding in single precision leaves. */
const ROUNDING = 1e-5;

/** A projection's distance, or 0 where it is no more than rounding beside the weight's greatest norm. */
export function projectionSize(distance: number, norm: number | undefined): number {
  return norm !== undefined && Math.abs(distance) < ROUNDING * norm ? 0 : distance;
}
