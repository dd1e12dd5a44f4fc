import type { PointsSample, Preview } from "../api/types";
import type { Scheme } from "../ui/scheme";
import { CLASS_SYMBOLS, classColour } from "./palette";
import { plotLayout } from "./plotLayout";
import type { Figure, Trace } from "./plotly";

/** Traces of more points than this are drawn smaller, so that clouds keep their shape. */
const MANY = 400;

const PARTS = ["test", "validation", "train"] as const;

/** Rows as points: colour and shape by class, or colour by the target; training rows filled, others hollow. */
export function scatterFigure(
  preview: Preview,
  sample: PointsSample,
  size: { width: number; height: number },
  scheme: Scheme,
): Figure {
  const { points, y, part } = sample;
  const marker = points.length > MANY ? 5 : 8;
  const curve = preview.task === "regression" && preview.feature_names.length === 1;
  const data: Trace[] = [];
  for (const each of PARTS) {
    const filled = each === "train";
    const rowsOf = (label: number | null) =>
      part.flatMap((of, row) => (of === each && (label === null || y[row] === label) ? [row] : []));
    for (const label of preview.classes ? Array.from({ length: preview.classes }, (_, i) => i) : [null]) {
      const rows = rowsOf(label);
      const symbol = label === null ? "circle" : (CLASS_SYMBOLS[label % CLASS_SYMBOLS.length] as string);
      const colour = label === null ? classColour(0, scheme) : classColour(label, scheme);
      const shaded = label === null && !curve;
      data.push({
        type: "scatter",
        mode: "markers",
        name: [label === null ? "" : preview.class_names[label], each].filter(Boolean).join(", "),
        x: rows.map((row) => points[row]?.[0] ?? Number.NaN),
        y: rows.map((row) => points[row]?.[1] ?? Number.NaN),
        marker: {
          color: shaded ? rows.map((row) => y[row] as number) : colour,
          symbol: filled ? symbol : `${symbol}-open`,
          size: marker,
          line: { color: colour, width: filled || shaded ? 0 : 1.5 },
          ...(shaded ? targetScale(preview, scheme) : {}),
        },
        hoverinfo: "skip",
      });
    }
  }
  const [horizontal = "", vertical = ""] = sample.axes;
  const axis = (title: string) => ({ title: { text: title, standoff: 4 }, nticks: 8 });
  // One unit is as long on both axes: circles look like circles. A target is another kind of quantity.
  const alike = curve ? {} : { scaleanchor: "x", scaleratio: 1 };
  const layout = plotLayout(size, scheme, axis(horizontal), { ...axis(vertical), ...alike });
  return { data, layout: { ...layout, margin: { l: 52, r: 18, t: 8, b: 40, pad: 0 } } };
}

/** Cividis (Nuñez et al. 2018), read alike with and without colour blindness; its darkest end stands out on no ground. */
const SCALE: Record<Scheme, [number, string][]> = {
  light: [
    [0, "#00224e"],
    [0.5, "#7d7c78"],
    [1, "#d8b72f"],
  ],
  dark: [
    [0, "#3f6fc4"],
    [0.5, "#9a9a94"],
    [1, "#fee838"],
  ],
};

function targetScale({ target }: Preview, scheme: Scheme) {
  return { colorscale: SCALE[scheme], cmin: target?.min ?? 0, cmax: target?.max ?? 1 };
}

/** The colours of the target's scale, low to high, for a legend. */
export function targetColours(scheme: Scheme): string[] {
  return SCALE[scheme].map(([, colour]) => colour);
}
