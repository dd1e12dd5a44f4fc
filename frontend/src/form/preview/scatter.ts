/** The scatter plot of a data set, as paths in pixels. It is there before Plotly is, and costs next to nothing to draw. */
import type { PointsSample, Preview } from "../../api/types";
import { CLASS_SYMBOLS, classColour, targetColour } from "../../charts/palette";
import { symbolPath } from "../../charts/symbols";
import { isNumeric } from "../../experiment/tasks";
import type { Scheme } from "../../ui/scheme";

/** Radius of a point, and of one among more than `MANY`, so that clouds keep their shape. */
const RADIUS = 4;
const SMALL = 2.5;
const MANY = 400;

/** From the edges to the plotting area: ticks and titles stand there. */
export const MARGIN = { left: 52, right: 18, top: 8, bottom: 40 } as const;
const MOST_TICKS = 8;

/** Shades in which targets are told apart. */
const SHADES = 64;

/** Drawn one over the other: training rows last. */
const PARTS = ["test", "validation", "train"] as const;

interface Size {
  width: number;
  height: number;
}

/** Points of one colour, symbol and filling. */
export interface Marks {
  name: string;
  path: string;
  fill: string;
  stroke: string;
}

export interface Tick {
  /** Pixels from the left, or from the top. */
  at: number;
  text: string;
}

export interface ScatterPlot {
  marks: Marks[];
  x: Tick[];
  y: Tick[];
}

type Range = readonly [number, number];

/** Least and greatest value; of equal ones a stretch around them. */
function extent(values: readonly number[]): Range {
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (low < high) return [low, high];
  return finite.length ? [low - 1, high + 1] : [0, 1];
}

function widened([low, high]: Range, factor: number): Range {
  const [middle, half] = [(low + high) / 2, ((high - low) / 2) * factor];
  return [middle - half, middle + half];
}

/** A round distance between ticks, at most `MOST_TICKS` of them. */
function stepOf([low, high]: Range): number {
  const least = (high - low) / MOST_TICKS;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((each) => each * power >= least) ?? 10);
}

/** Ticks at multiples of `step`: values and their texts. */
export function ticksOf([low, high]: Range, step = stepOf([low, high])): [number, string][] {
  const first = Math.ceil(low / step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => {
    const value = (first + i) * step;
    return [value, tickText(value, decimals, Math.max(Math.abs(low), Math.abs(high)))];
  });
}

function tickText(value: number, decimals: number, greatest: number): string {
  if (!value) return "0";
  const text =
    greatest >= 1e15 || greatest < 1e-4
      ? value.toExponential(1).replace("+", "")
      : greatest >= 1e4
        ? value.toLocaleString("en", { notation: "compact", maximumFractionDigits: 2 })
        : value.toFixed(decimals);
  return text.replaceAll("-", "−");
}

/** Rows as points: colour and shape by class, or colour by the target; training rows filled, others hollow. */
export function scatterPlot(
  preview: Preview,
  { points, y, part }: PointsSample,
  { width, height }: Size,
  scheme: Scheme,
): ScatterPlot {
  const r = points.length > MANY ? SMALL : RADIUS;
  const curve = isNumeric(preview.task) && preview.feature_names.length === 1;
  const across = width - MARGIN.left - MARGIN.right;
  const down = height - MARGIN.top - MARGIN.bottom;
  const [x, y2] = [0, 1].map((i) => extent(points.map((point) => point[i] ?? Number.NaN))) as [Range, Range];
  // Points at the edges are whole, with some room around them.
  const room = (pixels: number) => pixels / (pixels - 2 * (r + 8));
  let [horizontal, vertical] = [widened(x, room(across)), widened(y2, room(down))];
  // One unit is as long on both axes: circles look like circles. A target is another kind of quantity.
  if (!curve) {
    const unit = (range: Range, pixels: number) => (range[1] - range[0]) / pixels;
    const [right, up] = [unit(horizontal, across), unit(vertical, down)];
    [horizontal, vertical] = [widened(horizontal, Math.max(1, up / right)), widened(vertical, Math.max(1, right / up))];
  }
  const toX = (value: number) => MARGIN.left + ((value - horizontal[0]) / (horizontal[1] - horizontal[0])) * across;
  const toY = (value: number) => MARGIN.top + ((vertical[1] - value) / (vertical[1] - vertical[0])) * down;
  const range: Range = [preview.target?.min ?? 0, preview.target?.max ?? 1];
  const groups = new Map<string, Marks>();
  for (const each of PARTS) {
    for (const [row, point] of points.entries()) {
      const [a, b] = [point[0] ?? Number.NaN, point[1] ?? Number.NaN];
      if (part[row] !== each || !Number.isFinite(a) || !Number.isFinite(b)) continue;
      const label = preview.classes ? (y[row] as number) : null;
      const target = y[row] as number;
      const shade =
        label === null && !curve ? Math.round((SHADES * (target - range[0])) / (range[1] - range[0] || 1)) : 0;
      const key = `${each} ${label ?? shade}`;
      const symbol = label === null ? "circle" : (CLASS_SYMBOLS[label % CLASS_SYMBOLS.length] ?? "circle");
      let group = groups.get(key);
      if (!group) {
        const shaded = range[0] + (shade / SHADES) * (range[1] - range[0]);
        const colour =
          label !== null
            ? classColour(label, scheme)
            : curve
              ? classColour(0, scheme)
              : targetColour(shaded, range, scheme);
        const name = [label === null ? "" : preview.class_names[label], each].filter(Boolean).join(", ");
        group = {
          name,
          path: "",
          fill: each === "train" ? colour : "none",
          stroke: each === "train" ? "none" : colour,
        };
        groups.set(key, group);
      }
      group.path += symbolPath(symbol, toX(a), toY(b), r);
    }
  }
  const step = curve ? undefined : Math.max(stepOf(horizontal), stepOf(vertical));
  const ticks = (of: Range, to: (value: number) => number) =>
    ticksOf(of, step).map(([value, text]) => ({ at: to(value), text }));
  return { marks: [...groups.values()], x: ticks(horizontal, toX), y: ticks(vertical, toY) };
}
