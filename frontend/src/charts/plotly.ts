import { fetchedOnce } from "../ui/fetchedOnce";

/** Plotly, as far as the page uses it. It is large, so it is fetched when the first chart, or somebody, comes. */
export interface Trace {
  type: "scatter" | "scattergl";
  mode: "lines" | "markers";
  name?: string;
  x: number[];
  y: number[];
  line?: { color: string; width: number; dash?: "solid" | "dash" | "dot" };
  marker?: {
    color: string | number[];
    symbol: string;
    size: number;
    line?: { color: string; width: number };
    colorscale?: [number, string][];
    cmin?: number;
    cmax?: number;
  };
  fill?: "none" | "tonexty" | "toself";
  fillcolor?: string;
  connectgaps?: boolean;
  hoverinfo: "skip";
  showlegend?: boolean;
}

export interface Axis {
  type?: "linear" | "log";
  range?: [number, number];
  [setting: string]: unknown;
}

export interface Layout {
  width: number;
  height: number;
  xaxis: Axis;
  yaxis: Axis;
  [setting: string]: unknown;
}

export interface Figure {
  data: Trace[];
  layout: Layout;
}

export interface Plotly {
  react: (element: HTMLElement, data: Trace[], layout: Layout, config: object) => Promise<PlotElement>;
  /** Redraws traces alone, without axes: a third of the work of `react`. */
  animate: (
    element: HTMLElement,
    frame: { data: Pick<Trace, "x" | "y">[]; traces: number[] },
    options: object,
  ) => Promise<void>;
  /** Saves a figure as a file, whether it is on the page or not. */
  downloadImage: (
    figure: Figure,
    options: { format: "png" | "svg"; width: number; height: number; scale: number; filename: string },
  ) => Promise<string>;
  purge: (element: HTMLElement) => void;
}

export interface PlotElement extends HTMLElement {
  on: (event: string, listener: (data: Record<string, unknown>) => void) => void;
  removeAllListeners: (event: string) => void;
}

let loaded: Plotly | null = null;

/** Plotly, fetched once. */
export const loadPlotly = fetchedOnce(async (): Promise<Plotly> => {
  loaded = (await import("plotly.js-basic-dist-min")).default;
  return loaded;
});

/** Plotly, or null while it is being loaded. */
export function plotlyNow(): Plotly | null {
  return loaded;
}
