import { FONT } from "../ui/font";
import type { Scheme } from "../ui/scheme";
import { INK } from "./palette";
import type { Axis, Layout } from "./plotly";

/** Pixels around the plotting area. Fixed, so that panels line up and pointer positions can be read as epochs. */
export const MARGIN = { left: 40, right: 26, top: 8, bottom: 22 } as const;

function axis(scheme: Scheme, settings: Axis): Axis {
  const ink = INK[scheme];
  return {
    gridcolor: ink.grid,
    linecolor: ink.grid,
    zeroline: false,
    ticks: "",
    tickfont: { size: 11, color: ink.text },
    automargin: false,
    ...settings,
  };
}

/** The layout that all charts share: no decoration, thin rules, both schemes alike. */
export function plotLayout(size: { width: number; height: number }, scheme: Scheme, x: Axis, y: Axis): Layout {
  const { left, right, top, bottom } = MARGIN;
  return {
    ...size,
    margin: { l: left, r: right, t: top, b: bottom, pad: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: FONT, size: 11, color: INK[scheme].text },
    showlegend: false,
    hovermode: false,
    xaxis: axis(scheme, x),
    yaxis: axis(scheme, y),
  };
}

export interface Canvas {
  width: number;
  height: number;
  scheme: Scheme;
  /** Whether dragging zooms. On a touch screen it scrolls the page instead. */
  zoomable: boolean;
}
