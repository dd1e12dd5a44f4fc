import type { Preview } from "../api/types";
import { frame } from "./frame";
import { CLASS_SYMBOLS, classColour, type Scheme } from "./palette";
import type { Figure, Trace } from "./plotly";

/** Traces of more points than this are drawn smaller, so that clouds keep their shape. */
const MANY = 400;

/** The rows' first two features: colour and shape by class, training rows filled, test rows hollow. */
export function scatterFigure(preview: Preview, size: { width: number; height: number }, scheme: Scheme): Figure {
  const { x, y, train } = preview.points;
  const marker = x.length > MANY ? 5 : 8;
  const data: Trace[] = [];
  for (const part of ["test", "train"] as const) {
    for (let label = 0; label < preview.classes; label++) {
      const rows = y.flatMap((of, row) => (of === label && train[row] === (part === "train") ? [row] : []));
      const colour = classColour(label, scheme);
      const symbol = CLASS_SYMBOLS[label % CLASS_SYMBOLS.length] as string;
      data.push({
        type: "scatter",
        mode: "markers",
        name: `class ${label}, ${part}`,
        x: rows.map((row) => x[row]?.[0] ?? Number.NaN),
        y: rows.map((row) => x[row]?.[1] ?? Number.NaN),
        marker: {
          color: colour,
          symbol: part === "train" ? symbol : `${symbol}-open`,
          size: marker,
          line: { color: colour, width: part === "train" ? 0 : 1.5 },
        },
        hoverinfo: "skip",
      });
    }
  }
  const [horizontal = "", vertical = ""] = preview.feature_names;
  const axis = (title: string) => ({ title: { text: title, standoff: 4 }, nticks: 8 });
  // One unit is as long on both axes: circles look like circles.
  const layout = frame(size, scheme, axis(horizontal), { ...axis(vertical), scaleanchor: "x", scaleratio: 1 });
  return { data, layout: { ...layout, margin: { l: 48, r: 18, t: 8, b: 40, pad: 0 } } };
}
