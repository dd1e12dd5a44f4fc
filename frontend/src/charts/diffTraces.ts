import type { Figure, Trace } from "./plotly";

/** Indices of traces with new points, where nothing else has changed; null where the whole chart must be drawn. */
export function diffTraces(before: Figure | null, after: Figure): number[] | null {
  if (!before || before.layout !== after.layout || before.data.length !== after.data.length) return null;
  const changed: number[] = [];
  for (const [index, trace] of after.data.entries()) {
    const old = before.data[index] as Trace;
    if (old === trace) continue;
    if (old.name !== trace.name) return null;
    changed.push(index);
  }
  return changed;
}

/** Plotly forgets a trace without points; with one that can't be drawn it stays ready for those that come. */
export function placeholderPoint({ x, y }: Trace): Pick<Trace, "x" | "y"> {
  return x.length ? { x, y } : { x: [1], y: [Number.NaN] };
}
