import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { diffTraces, placeholderPoint } from "./diffTraces";
import { queueDraw } from "./drawQueue";
import { type Figure, type PlotElement, type Plotly, plotlyLoading, plotlyNow, type Trace } from "./plotly";

const CONFIG = { displayModeBar: false, displaylogo: false, doubleClick: false, responsive: false, scrollZoom: false };

const AT_ONCE = { mode: "immediate", transition: { duration: 0 }, frame: { duration: 0, redraw: false } };

/** Plotly, once it is there. */
function usePlotly(): Plotly | null {
  const [plotly, setPlotly] = useState(plotlyNow);
  useEffect(() => {
    if (!plotly) void plotlyLoading.then((loaded) => setPlotly(() => loaded));
  }, [plotly]);
  return plotly;
}

interface Zoom {
  x: [number, number];
  y: [number, number];
}

interface Props {
  figure: Figure;
  /** The chart in a sentence. */
  label: string;
  /** A stretch was drawn open; the axes' own numbers, so logarithms on a log axis. */
  onZoom?: (zoom: Zoom) => void;
  /** A double click asks for everything again. */
  onReset?: () => void;
  /** Whether there is something to see. A chart without may let others be drawn first. */
  urgent?: boolean;
}

/** A Plotly chart. It is drawn within the frame in which its figure changes. */
export function Plot({ figure, label, onZoom, onReset, urgent = true }: Props) {
  const plotly = usePlotly();
  const [turn, setTurn] = useState(false);
  const may = urgent || turn;
  useEffect(() => (may ? undefined : queueDraw(() => setTurn(true))), [may]);
  const element = useRef<HTMLDivElement>(null);
  const drawn = useRef<Figure | null>(null);
  const listeners = useRef({ figure, onZoom, onReset });
  listeners.current = { figure, onZoom, onReset };

  useLayoutEffect(() => {
    const host = element.current;
    if (!plotly || !host || !may) return;
    const first = drawn.current === null;
    const changed = diffTraces(drawn.current, figure);
    drawn.current = figure;
    if (changed) {
      const data = changed.map((index) => placeholderPoint(figure.data[index] as Trace));
      if (changed.length) void plotly.animate(host, { data, traces: changed }, AT_ONCE);
      return;
    }
    // Plotly writes into what it is given: it gets copies.
    const { xaxis, yaxis } = figure.layout;
    const layout = { ...figure.layout, xaxis: { ...xaxis }, yaxis: { ...yaxis } };
    const data = figure.data.map((trace) => ({ ...trace, ...placeholderPoint(trace) }));
    void plotly.react(host, data, layout, CONFIG);
    if (!first) return;
    const plot = host as unknown as PlotElement;
    plot.on("plotly_relayout", (update) => {
      const { layout } = listeners.current.figure;
      const bounds = (axis: "xaxis" | "yaxis"): [number, number] => {
        const drawn = layout[axis].range ?? [0, 1];
        const at = (end: 0 | 1) => Number(update[`${axis}.range[${end}]`] ?? drawn[end]);
        return [at(0), at(1)];
      };
      if (Object.keys(update).some((key) => key.includes(".range["))) {
        listeners.current.onZoom?.({ x: bounds("xaxis"), y: bounds("yaxis") });
      }
    });
    plot.on("plotly_doubleclick", () => listeners.current.onReset?.());
  }, [plotly, figure, may]);

  useEffect(() => {
    const host = element.current;
    return () => {
      drawn.current = null;
      if (host) plotlyNow()?.purge(host);
    };
  }, []);

  return <div ref={element} role="img" aria-label={label} style={{ height: figure.layout.height }} />;
}
