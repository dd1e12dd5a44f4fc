import { useQuery } from "@tanstack/react-query";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTouched } from "../ui/touched";
import { diffTraces, placeholderPoint } from "./diffTraces";
import { queueDraw } from "./drawQueue";
import { type Figure, loadPlotly, type PlotElement, type Plotly, plotlyNow, type Trace } from "./plotly";
import { Sketch } from "./Sketch";
import { canSketch } from "./sketch";

const CONFIG = { displayModeBar: false, displaylogo: false, doubleClick: false, responsive: false, scrollZoom: false };

const AT_ONCE = { mode: "immediate", transition: { duration: 0 }, frame: { duration: 0, redraw: false } };

/** Plotly, once it is wanted and there. Where it can't be fetched, it is tried again until it can. */
function usePlotly(wanted: boolean): Plotly | null {
  const { data } = useQuery({
    queryKey: ["plotly"],
    queryFn: loadPlotly,
    enabled: wanted,
    initialData: () => plotlyNow() ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    retry: true,
    retryDelay: (failures) => Math.min(1000 * 2 ** failures, 5000),
    structuralSharing: false,
  });
  return data ?? null;
}

interface Props {
  figure: Figure;
  /** The chart in a sentence. */
  label: string;
  /** A stretch of the horizontal axis was drawn open; its own numbers, so logarithms on a log axis. */
  onZoom?: (from: number, to: number) => void;
  /** A double click asks for everything again. */
  onReset?: () => void;
  /** Whether there is something to see. A chart without may let others be drawn first. */
  urgent?: boolean;
}

/**
 * A Plotly chart. It is drawn within the frame in which its figure changes. Until there is a sign of a person, and Plotly
 * is here, a sketch of it is shown: who only reads doesn't wait for what answers to a pointer.
 */
export function Plot({ figure, label, onZoom, onReset, urgent = true }: Props) {
  const canWait = canSketch(figure);
  const plotly = usePlotly(useTouched() || !canWait);
  const sketchedFirst = useRef(canWait && !plotly);
  const [turn, setTurn] = useState(false);
  const may = (urgent && !sketchedFirst.current) || turn;
  useEffect(() => (may || !plotly ? undefined : queueDraw(() => setTurn(true))), [may, plotly]);
  const element = useRef<HTMLDivElement>(null);
  const drawn = useRef<Figure | null>(null);
  const listeners = useRef({ onZoom, onReset });
  listeners.current = { onZoom, onReset };

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
      const [from, to] = [Number(update["xaxis.range[0]"]), Number(update["xaxis.range[1]"])];
      if (from < to) listeners.current.onZoom?.(from, to);
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

  return (
    <div role="img" aria-label={label} style={{ height: figure.layout.height }}>
      {!(plotly && may) && canWait && <Sketch figure={figure} />}
      <div ref={element} />
    </div>
  );
}
