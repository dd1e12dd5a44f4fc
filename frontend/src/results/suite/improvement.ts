import type { SuiteVerdict } from "../../api/types";
import { armColour } from "../../charts/palette";
import { type Canvas, plotLayout } from "../../charts/plotLayout";
import type { Figure, Trace } from "../../charts/plotly";

const ROW = 26;
const CHARACTER = 6.6;

/** Height of the chart for so many arms beside the baseline. */
export function improvementHeight(arms: number): number {
  return 44 + ROW * arms;
}

/** Probability of improvement over the baseline, an arm a row, with intervals; null before there is any. */
export function improvementFigure(
  arms: SuiteVerdict["arms"],
  { width, scheme }: Pick<Canvas, "width" | "scheme">,
): Figure | null {
  const shown = arms.flatMap(({ name, improvement }, arm) => (improvement ? [{ name, arm, ...improvement }] : []));
  if (shown.length === 0) return null;
  const colours = shown.map(({ arm }) => armColour(arm, scheme));
  const line = (x: number[], y: number[], color: string, width: number): Trace => ({
    type: "scatter",
    mode: "lines",
    x,
    y,
    line: { color, width },
    hoverinfo: "skip",
  });
  const data = shown.flatMap(({ value, low, high }, row): Trace[] => {
    const color = colours[row] as string;
    const mark: Trace = {
      type: "scatter",
      mode: "markers",
      x: [value],
      y: [row],
      marker: { color, symbol: "circle", size: 9 },
      hoverinfo: "skip",
    };
    return low === null || high === null ? [mark] : [line([low, high], [row, row], color, 3), mark];
  });
  const longest = Math.max(...shown.map(({ name }) => name.length));
  const left = Math.min(longest * CHARACTER + 12, width * 0.4);
  const most = Math.max(4, Math.floor((left - 12) / CHARACTER));
  const even: Trace = {
    ...line([0.5, 0.5], [-0.6, shown.length - 0.4], "#868e96", 1),
    line: { color: "#868e96", width: 1, dash: "dot" },
  };
  const layout = plotLayout(
    { width, height: improvementHeight(shown.length) },
    scheme,
    { range: [-0.02, 1.02], fixedrange: true, tickvals: [0, 0.25, 0.5, 0.75, 1], tickformat: ".0%" },
    {
      range: [shown.length - 0.4, -0.6],
      fixedrange: true,
      showgrid: false,
      tickvals: shown.map((_, row) => row),
      ticktext: shown.map(({ name }) => (name.length > most ? `${name.slice(0, most - 1)}…` : name)),
    },
  );
  return { data: [even, ...data], layout: { ...layout, margin: { l: left, r: 26, t: 8, b: 24, pad: 0 } } };
}
