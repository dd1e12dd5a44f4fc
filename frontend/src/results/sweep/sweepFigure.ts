/** Figures of a sweep of one number: score, gap and norm over its values. */
import type { SweepAnswer } from "../../api/types";
import { armColour, INK, translucent } from "../../charts/palette";
import { plotLayout } from "../../charts/plotLayout";
import type { Axis, Figure, Trace } from "../../charts/plotly";
import type { Scheme } from "../../ui/scheme";

type Point = SweepAnswer["points"][number];
type Spread = Point["score"];

interface SweepCanvas {
  width: number;
  height: number;
  scheme: Scheme;
}

/** Quantity drawn: scores on train and on the judging set, their gap, or the norms. */
export type SweepPart = "score" | "gap" | "norm";

/** Symbols of the best value and the pick. */
export const MARKS = { best: "star", pick: "diamond-open" } as const;

interface Line {
  x: number[];
  y: number[];
  low: number[];
  high: number[];
}

/** A figure's line over the values where it is known, with one standard error either side. */
function lineOf(points: readonly Point[], of: (point: Point) => Spread): Line {
  const line: Line = { x: [], y: [], low: [], high: [] };
  for (const point of points) {
    const { mean, se } = of(point);
    if (mean === null) continue;
    line.x.push(point.values[0] as number);
    line.y.push(mean);
    line.low.push(mean - (se ?? 0));
    line.high.push(mean + (se ?? 0));
  }
  return line;
}

function normLine(points: readonly Point[]): Line {
  const line: Line = { x: [], y: [], low: [], high: [] };
  for (const { norm, values } of points) {
    if (!norm) continue;
    line.x.push(values[0] as number);
    line.y.push(norm.mean);
    line.low.push(norm.min);
    line.high.push(norm.max);
  }
  return line;
}

function band(name: string, { x, low, high }: Line, colour: string): Trace {
  return {
    type: "scatter",
    mode: "lines",
    name,
    x: [...x, ...x.toReversed()],
    y: [...high, ...low.toReversed()],
    line: { color: colour, width: 0 },
    fill: "toself",
    fillcolor: translucent(colour, 0.16),
    hoverinfo: "skip",
  };
}

function drawn(name: string, line: Line, colour: string, dash: "solid" | "dash"): Trace[] {
  const { x, y } = line;
  return [
    band(`${name}, band`, line, colour),
    { type: "scatter", mode: "lines", name, x, y, line: { color: colour, width: 1.6, dash }, hoverinfo: "skip" },
    {
      type: "scatter",
      mode: "markers",
      name: `${name}, values`,
      x,
      y,
      marker: { color: colour, symbol: "circle", size: 4 },
      hoverinfo: "skip",
    },
  ];
}

/** The baseline's figure, as a level across the chart. */
function level(name: string, value: number | null | undefined, ends: [number, number], scheme: Scheme): Trace {
  const there = value !== null && value !== undefined;
  return {
    type: "scatter",
    mode: "lines",
    name,
    x: there ? [...ends] : [],
    y: there ? [value, value] : [],
    line: { color: armColour(0, scheme), width: 1.2, dash: "dot" },
    hoverinfo: "skip",
  };
}

function mark(name: string, x: number | undefined, y: number | null, symbol: string, colour: string): Trace {
  const there = x !== undefined && y !== null;
  return {
    type: "scatter",
    mode: "markers",
    name,
    x: there ? [x] : [],
    y: there ? [y] : [],
    marker: { color: colour, symbol, size: symbol === MARKS.pick ? 18 : 11, line: { color: colour, width: 2 } },
    hoverinfo: "skip",
  };
}

function partOf(point: Point | undefined, part: SweepPart): number | null {
  if (!point) return null;
  return part === "norm" ? (point.norm?.mean ?? null) : point[part].mean;
}

/** Values on the axis that are written out: all of a few, else about eight of them. */
export function ticks(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const every = Math.ceil(sorted.length / 8);
  return sorted.filter((_, index) => index % every === 0);
}

function xAxis({ values, scale }: SweepAnswer["axes"][number]): Axis {
  const at = (value: number) => (scale === "log" ? Math.log10(value) : value);
  const ends = [Math.min(...values), Math.max(...values)].map(at) as [number, number];
  const room = (ends[1] - ends[0]) * 0.04 || 1;
  const shown = ticks(values);
  return {
    type: scale,
    range: [ends[0] - room, ends[1] + room],
    tickvals: shown,
    ticktext: shown.map((value) => String(Number(value.toPrecision(3)))),
    fixedrange: true,
  };
}

/** The whole figure of one part. Its traces are always the same ones, so that they can move. */
export function sweepFigure(answer: SweepAnswer, part: SweepPart, canvas: SweepCanvas): Figure {
  const { scheme } = canvas;
  const [axis] = answer.axes as [SweepAnswer["axes"][number]];
  const { points, baseline, best, pick } = answer;
  const ends: [number, number] = [Math.min(...axis.values), Math.max(...axis.values)];
  const colour = armColour(1, scheme);
  const ink = INK[scheme].text;
  const marks =
    part === "norm"
      ? []
      : [
          mark("best", points[best ?? -1]?.values[0], partOf(points[best ?? -1], part), MARKS.best, ink),
          mark(
            "pick",
            points[pick ?? -1]?.values[0],
            partOf(points[pick ?? -1], part),
            MARKS.pick,
            armColour(2, scheme),
          ),
        ];
  const lines =
    part === "norm"
      ? drawn("norm", normLine(points), colour, "solid")
      : part === "gap"
        ? drawn(
            "gap",
            lineOf(points, (point) => point.gap),
            colour,
            "solid",
          )
        : [
            ...drawn(
              "train",
              lineOf(points, (point) => point.train),
              colour,
              "solid",
            ),
            ...drawn(
              answer.judged_on,
              lineOf(points, (point) => point.score),
              colour,
              "dash",
            ),
          ];
  const unknown = points.every((point) => partOf(point, part) === null);
  const known = part === "norm" ? baseline.norm?.mean : baseline[part].mean;
  return {
    data: [level("baseline", known, ends, scheme), ...lines, ...marks],
    layout: plotLayout(canvas, scheme, xAxis(axis), {
      nticks: 6,
      fixedrange: true,
      ...(unknown ? { range: [0, 1] } : { autorange: true }),
    }),
  };
}

/** Shade of a cell, from 0 to 1, between the least and the greatest of `values`. */
export function shade(value: number | null, values: readonly (number | null)[]): number | null {
  if (value === null) return null;
  const known = values.filter((each) => each !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return high > low ? (value - low) / (high - low) : 1;
}
