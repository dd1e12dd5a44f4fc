import { decimate, type Extent } from "../../charts/decimate";
import { translucent } from "../../charts/palette";
import { type Canvas, MARGIN, plotLayout } from "../../charts/plotLayout";
import type { Figure, Trace } from "../../charts/plotly";
import type { ArmSeries, Family, Line, Series } from "../../charts/series";
import { runningMean } from "../../charts/smooth";
import { bounds, SPREAD_WORDS, type SpreadKind } from "../../charts/spread";

/** Visible range, shared by the panels: epochs, and values of the family. */
export interface View {
  family: Family;
  spread: SpreadKind;
  log: boolean;
  /** Whether the figures' axis is logarithmic. */
  logY?: boolean;
  /** Epochs of the running mean; 1 draws the curves as they are. */
  smoothing: number;
  epochs: readonly [number, number];
  y: [number, number];
}

export interface DrawnArm {
  name: string;
  colour: string;
  series: ArmSeries;
}

function extentOf(view: View, canvas: Canvas): Extent {
  const pixels = Math.max(50, canvas.width - MARGIN.left - MARGIN.right);
  return { from: view.epochs[0], to: view.epochs[1], columns: Math.ceil(pixels / 2), log: view.log };
}

function line(name: string, series: Line, extent: Extent, colour: string, width: number, dashed: boolean): Trace {
  return {
    type: "scatter",
    mode: "lines",
    name,
    ...decimate(series.epoch, series.y, extent),
    line: { color: colour, width, dash: dashed ? "dash" : "solid" },
    connectgaps: false,
    hoverinfo: "skip",
  };
}

/** The spread over seeds as one closed shape, or every run's own curve faintly. */
function spread(name: string, series: Series, view: View, extent: Extent, colour: string): Trace[] {
  if (!series.pool) return [];
  const named = `${name}, ${SPREAD_WORDS[view.spread].title}`;
  if (view.spread === "runs") return everyRun(named, series, extent, colour);
  const { lower, upper } = bounds(series.pool, view.spread);
  const below = decimate(series.epoch, lower, extent);
  const above = decimate(series.epoch, upper, extent);
  const known = (y: number[]) => y.map((value, i) => (Number.isNaN(value) ? -1 : i)).filter((i) => i >= 0);
  const pick = (values: number[], indices: number[]) => indices.map((i) => values[i] as number);
  const there = known(above.y);
  const back = known(below.y).reverse();
  if (there.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "lines",
      name: named,
      x: [...pick(above.x, there), ...pick(below.x, back)],
      y: [...pick(above.y, there), ...pick(below.y, back)],
      line: { color: colour, width: 0 },
      fill: "toself",
      fillcolor: translucent(colour, 0.18),
      hoverinfo: "skip",
    },
  ];
}

/** Points that all runs' lines of one trace may have together: a browser draws no more of them in a frame. */
const MOST_POINTS = 6_000;

/** One trace with a hole between the runs, coarser the more of them there are. */
function everyRun(name: string, { lines }: Series, extent: Extent, colour: string): Trace[] {
  const columns = Math.max(24, Math.min(extent.columns, Math.floor(MOST_POINTS / 2 / lines.length)));
  const x: number[] = [];
  const y: number[] = [];
  for (const line of lines) {
    const points = decimate(line.epoch, line.y, { ...extent, columns });
    for (const value of points.x) x.push(value);
    for (const value of points.y) y.push(value);
    x.push(x.at(-1) ?? 1);
    y.push(Number.NaN);
  }
  const line = { color: translucent(colour, Math.max(0.12, 0.5 / Math.sqrt(lines.length))), width: 1 };
  return [{ type: "scatter", mode: "lines", name, x, y, line, connectgaps: false, hoverinfo: "skip" }];
}

/** Train and test curve, smoothed where the view asks for it. */
function pair(arm: DrawnArm, { smoothing }: View, extent: Extent, width: number): Trace[] {
  const of = ({ epoch, mean }: Series): Line => ({
    epoch,
    y: smoothing > 1 ? runningMean(epoch, mean, smoothing) : mean,
  });
  return [
    line(`${arm.name}, train`, of(arm.series.train), extent, arm.colour, width, false),
    line(`${arm.name}, test`, of(arm.series.test), extent, arm.colour, width, true),
  ];
}

const RAW_OPACITY = 0.35;

/** The curves as they are, faint, for behind those that are smoothed; none where these are not. */
function rawTraces({ name, colour, series }: DrawnArm, view: View, extent: Extent): Trace[] {
  if (view.smoothing <= 1) return [];
  const raw = { name: `${name}, unsmoothed`, colour: translucent(colour, RAW_OPACITY), series };
  return pair(raw, { ...view, smoothing: 1 }, extent, 1);
}

const FEW_EPOCHS = 6;
const DECADES = ["1", "10", "100", "1,000", "10,000", "100,000"];

/**
 * Axes of a panel: epochs from left to right, the family's figures upwards. The page writes the axes' names beside the
 * chart: to place a title Plotly measures every tick label, which takes as long as all the rest of a drawing.
 */
export function curvesLayout(view: View, canvas: Canvas): Figure["layout"] {
  const { epochs, log, logY = false } = view;
  const x = {
    type: log ? ("log" as const) : ("linear" as const),
    range: (log ? epochs.map((epoch) => Math.log10(Math.max(epoch, 1))) : [...epochs]) as [number, number],
    ...(log
      ? { tickvals: DECADES.map((_, power) => 10 ** power), ticktext: DECADES }
      : {
          // Epochs are whole: a short axis has a tick for each.
          ...(epochs[1] - epochs[0] <= FEW_EPOCHS ? { dtick: 1 } : { nticks: canvas.width < 320 ? 4 : 6 }),
          separatethousands: true,
          tickformat: ",d",
        }),
    ticklabeloverflow: "allow",
    fixedrange: !canvas.zoomable,
  };
  const y = logY
    ? { type: "log" as const, range: view.y.map(Math.log10) as [number, number], ...ticksOf(view.y), fixedrange: true }
    : { range: [...view.y] as [number, number], nticks: 6, fixedrange: true };
  return {
    ...plotLayout(canvas, canvas.scheme, x, y),
    dragmode: canvas.zoomable ? "zoom" : false,
  };
}

/** Ticks at whole decades, in few digits; at every other one where there are many. */
function ticksOf([from, to]: View["y"]): { tickvals: number[]; ticktext: string[] } {
  const [first, last] = [Math.round(Math.log10(from)), Math.round(Math.log10(to))];
  const step = Math.ceil((last - first) / 6);
  const powers = Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step);
  const text = (power: number) => (Math.abs(power) <= 4 ? String(Number((10 ** power).toPrecision(1))) : `1e${power}`);
  return { tickvals: powers.map((power) => 10 ** power), ticktext: powers.map(text) };
}

/** An arm's own curves: the gap between train and test lightly filled, or the spread over its seeds. */
export function armTraces(arm: DrawnArm, view: View, canvas: Canvas): Trace[] {
  const extent = extentOf(view, canvas);
  const [train, test] = pair(arm, view, extent, 1.6) as [Trace, Trace];
  const around = [
    ...spread(`${arm.name}, train`, arm.series.train, view, extent, arm.colour),
    ...spread(`${arm.name}, test`, arm.series.test, view, extent, arm.colour),
  ];
  // Beside bands of spread a third filling would say nothing.
  const gap: Partial<Trace> = around.length ? {} : { fill: "tonexty", fillcolor: translucent(arm.colour, 0.1) };
  return [...around, ...rawTraces(arm, view, extent), train, { ...test, ...gap }];
}

/** The baseline's curves as they stand, faint, behind every other arm's. */
export function faintTraces(baseline: DrawnArm, view: View, canvas: Canvas): Trace[] {
  return pair({ ...baseline, colour: translucent(baseline.colour, 0.45) }, view, extentOf(view, canvas), 1);
}

/** All arms' curves for one panel, without fillings. */
export function overlayTraces(arms: readonly DrawnArm[], view: View, canvas: Canvas): Trace[] {
  const extent = extentOf(view, canvas);
  return [
    ...arms.flatMap((arm) => rawTraces(arm, view, extent)),
    ...arms.flatMap((arm) => pair(arm, view, extent, 1.6)),
  ];
}
