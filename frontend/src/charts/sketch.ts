import { count } from "../format";
import { MARGIN } from "./plotLayout";
import type { Axis, Figure, Trace } from "./plotly";

/** A line of a sketch, as an SVG path. */
export interface Stroke {
  d: string;
  colour: string;
  width: number;
  dashes: string | undefined;
}

export interface Label {
  x: number;
  y: number;
  text: string;
  anchor: "start" | "middle" | "end";
}

/** A figure in pixels: enough to be drawn without Plotly. */
export interface Sketched {
  grid: string;
  fills: { d: string; colour: string }[];
  strokes: Stroke[];
  labels: Label[];
}

/** Pixels from the plotting area to the numbers beside and below it, and from a line of text's middle to its foot. */
const ASIDE = 3;
const BELOW = 14;
const FOOT = 4;
const THOUSANDS = 1e4;

/** Whether `figure` is made of what `sketched` can draw: lines and fillings between ends that are known. */
export function canSketch({ data, layout }: Figure): boolean {
  return data.every(({ mode }) => mode === "lines") && Boolean(layout.xaxis.range && layout.yaxis.range);
}

/** Draws `figure` as Plotly would, without what answers to a pointer. */
export function sketched({ data, layout }: Figure): Sketched {
  const { width, height, xaxis, yaxis } = layout;
  const right = width - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  const x = scale(xaxis, MARGIN.left, right);
  const y = scale(yaxis, bottom, MARGIN.top);
  const columns = ticksOf(xaxis).map(({ at, text }) => ({ at: x(at), text }));
  const rows = ticksOf(yaxis).map(({ at, text }) => ({ at: y(at), text }));
  const grid = [
    `M${MARGIN.left},${MARGIN.top}V${bottom}H${right}`,
    ...columns.map(({ at }) => `M${round(at)},${MARGIN.top}V${bottom}`),
    ...rows.map(({ at }) => `M${MARGIN.left},${round(at)}H${right}`),
  ].join("");
  const fills: Sketched["fills"] = [];
  const strokes: Stroke[] = [];
  for (const [index, trace] of data.entries()) {
    const before = data[index - 1];
    const points = pointsOf(trace, x, y);
    if (trace.fill === "toself") fills.push({ d: `${path(points)}Z`, colour: trace.fillcolor ?? "none" });
    if (trace.fill === "tonexty" && before) {
      const outline = [...known(pointsOf(before, x, y)), ...known(points).reverse()];
      fills.push({ d: `${path(outline)}Z`, colour: trace.fillcolor ?? "none" });
    }
    const { color = "none", width: thick = 0, dash } = trace.line ?? {};
    if (thick > 0) strokes.push({ d: path(points), colour: color, width: thick, dashes: dashesOf(dash, thick) });
  }
  const labels: Label[] = [
    ...columns.map(({ at, text }) => ({ x: at, y: bottom + BELOW, text, anchor: "middle" as const })),
    ...rows.map(({ at, text }) => ({ x: MARGIN.left - ASIDE, y: at + FOOT, text, anchor: "end" as const })),
    ...notes(layout).map(({ at, text, above }) => ({
      x: MARGIN.left + ASIDE,
      y: y(at) + (above ? -FOOT : BELOW),
      text,
      anchor: "start" as const,
    })),
  ];
  return { grid, fills, strokes, labels };
}

type Point = readonly [number, number];

function scale({ type, range = [0, 1] }: Axis, from: number, to: number): (value: number) => number {
  const place = type === "log" ? Math.log10 : (value: number) => value;
  const [low, high] = range;
  return (value) => from + ((place(value) - low) / (high - low)) * (to - from);
}

function pointsOf({ x, y }: Trace, placeX: (value: number) => number, placeY: (value: number) => number): Point[] {
  return x.map((value, i) => [placeX(value), placeY(y[i] as number)]);
}

function isKnown([x, y]: Point): boolean {
  return Number.isFinite(x) && Number.isFinite(y);
}

function known(points: readonly Point[]): Point[] {
  return points.filter(isKnown);
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** A line through the points, with a hole at each that isn't known. */
function path(points: readonly Point[]): string {
  let d = "";
  let pen = "M";
  for (const point of points) {
    if (isKnown(point)) d += `${pen}${round(point[0])},${round(point[1])}`;
    pen = isKnown(point) ? "L" : "M";
  }
  return d || "M0,0";
}

function dashesOf(dash: "solid" | "dash" | "dot" | undefined, width: number): string | undefined {
  const unit = Math.max(3, width);
  if (dash === "dash") return `${3 * unit},${3 * unit}`;
  return dash === "dot" ? `${unit},${unit}` : undefined;
}

interface Tick {
  at: number;
  text: string;
}

/** The axis' own ticks, or round numbers: as few as `nticks`. */
function ticksOf(axis: Axis): Tick[] {
  const {
    type,
    range = [0, 1],
    tickvals,
    ticktext,
    dtick,
    nticks = 6,
    separatethousands,
  } = axis as Axis & {
    tickvals?: number[];
    ticktext?: string[];
    dtick?: number;
    nticks?: number;
    separatethousands?: boolean;
  };
  const [low, high] = range;
  const place = type === "log" ? Math.log10 : (value: number) => value;
  if (tickvals) {
    const all = tickvals.map((at, i) => ({ at, text: ticktext?.[i] ?? String(at) }));
    return all.filter(({ at }) => place(at) >= low - 1e-9 && place(at) <= high + 1e-9);
  }
  const step = dtick ?? roundStep((high - low) / nticks);
  const first = Math.ceil(low / step - 1e-6);
  const last = Math.floor(high / step + 1e-6);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const at = Number(((first + i) * step).toPrecision(12));
    return { at, text: tickText(at, Boolean(separatethousands)) };
  });
}

/** The least of 2, 5 and 10 times a power of ten that isn't below `rough`. */
function roundStep(rough: number): number {
  const decade = 10 ** Math.floor(Math.log10(rough));
  return decade * ([2, 5].find((each) => each * decade >= rough) ?? 10);
}

function tickText(value: number, thousands: boolean): string {
  const text = thousands ? count(value) : Math.abs(value) >= THOUSANDS ? `${value / 1000}k` : String(value);
  return text.replace("-", "−");
}

/** Notes at levels of the chart. */
function notes(layout: Figure["layout"]): { at: number; text: string; above: boolean }[] {
  const annotations = (layout.annotations ?? []) as { y: number; text: string; yanchor: "top" | "bottom" }[];
  return annotations.map(({ y, text, yanchor }) => ({ at: y, text, above: yanchor === "bottom" }));
}
