import { type KeyboardEvent, memo, type PointerEvent, useMemo } from "react";
import {
  armTraces,
  type Canvas,
  curvesLayout,
  type DrawnArm,
  faintTraces,
  overlayTraces,
  type View,
} from "../charts/curves";
import { MARGIN } from "../charts/frame";
import { Plot } from "../charts/Plot";
import type { Scheme } from "../charts/palette";
import type { Figure, Trace } from "../charts/plotly";
import { valueAt } from "../charts/series";
import { useWidth } from "../charts/useWidth";
import type { ArmState } from "../state/arms";
import { count, figure, plural, scoreTitle, spreadWords } from "../words";
import { useHover } from "./hover";
import { stoppedWords } from "./stopped";

/** What every panel is drawn with. */
export interface Shared {
  view: View;
  scheme: Scheme;
  height: number;
  zoomable: boolean;
  onZoom: (view: Pick<View, "epochs" | "y">) => void;
  onReset: () => void;
}

function useCanvas({ height, scheme, zoomable }: Shared, width: number): Canvas {
  return useMemo(() => ({ width, height, scheme, zoomable }), [width, height, scheme, zoomable]);
}

/** The traces in a layout that stays the same object for as long as nothing about it changes. */
function useFigure(data: Trace[], view: View, canvas: Canvas): Figure {
  const layout = useMemo(() => curvesLayout(view, canvas), [view, canvas]);
  return useMemo(() => ({ data, layout }), [data, layout]);
}

interface PanelProps {
  arm: ArmState;
  drawn: DrawnArm;
  baseline: DrawnArm | null;
  shared: Shared;
}

/** One arm: its name and constraint, its curves, and one line of figures. */
export const Panel = memo(function Panel({ arm, drawn, baseline, shared }: PanelProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const { view } = shared;
  const canvas = useCanvas(shared, width);
  const behind = useMemo(() => (baseline ? faintTraces(baseline, view, canvas) : []), [baseline, view, canvas]);
  const own = useMemo(() => armTraces(drawn, view, canvas), [drawn, view, canvas]);
  const shown = useFigure(
    useMemo(() => [...behind, ...own], [behind, own]),
    view,
    canvas,
  );
  return (
    <section className="panel" aria-label={arm.name} data-testid={`panel:${arm.name}`}>
      <header>
        <h3>
          <span className="swatch" style={{ background: drawn.colour }} aria-hidden="true" />
          {arm.name}
        </h3>
        <p className="hint">{arm.words.join("; ") || "no constraint"}</p>
      </header>
      <div ref={ref}>
        {width > 0 && (
          <Pointable view={view} width={width}>
            <Zoomable
              figure={shown}
              label={sentence(arm, drawn, view)}
              shared={shared}
              urgent={drawn.series.train.epoch.length > 0}
            />
          </Pointable>
        )}
      </div>
      <FigureLine arm={arm} drawn={drawn} view={view} />
      <Stopped arm={arm} />
    </section>
  );
});

/** Where early stopping ended the arm's runs. */
function Stopped({ arm }: { arm: ArmState }) {
  const words = stoppedWords(arm);
  return words && <p className="hint stopped">{words}</p>;
}

interface OverlayProps {
  arms: readonly ArmState[];
  drawn: readonly DrawnArm[];
  shared: Shared;
}

/** All arms in one panel, with a legend that is its table of figures. */
export function Overlay({ arms, drawn, shared }: OverlayProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const { view } = shared;
  const canvas = useCanvas(shared, width);
  const shown = useFigure(
    useMemo(() => overlayTraces(drawn, view, canvas), [drawn, view, canvas]),
    view,
    canvas,
  );
  return (
    <section className="panel" aria-label="All arms" data-testid="panel:all">
      <div ref={ref}>
        {width > 0 && (
          <Pointable view={view} width={width}>
            <Zoomable
              figure={shown}
              label={arms.map((arm, i) => sentence(arm, drawn[i] as DrawnArm, view)).join(" ")}
              shared={shared}
            />
          </Pointable>
        )}
      </div>
      <ul className="legend">
        {arms.map((arm, i) => (
          <li key={arm.name}>
            <span className="swatch" style={{ background: drawn[i]?.colour }} aria-hidden="true" />
            <strong>{arm.name}</strong>
            <FigureLine arm={arm} drawn={drawn[i] as DrawnArm} view={view} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface ZoomableProps {
  figure: Figure;
  label: string;
  shared: Shared;
  urgent?: boolean;
}

function Zoomable({ figure: shown, label, shared, urgent = true }: ZoomableProps) {
  const { view, onZoom, onReset } = shared;
  return (
    <Plot
      figure={shown}
      label={label}
      onZoom={({ x, y }) => onZoom({ epochs: view.log ? [10 ** x[0], 10 ** x[1]] : x, y })}
      onReset={onReset}
      urgent={urgent}
    />
  );
}

/** Lets an epoch be pointed at, by pointer or with the arrow keys, and marks it. */
function Pointable({ view, width, children }: { view: View; width: number; children: React.ReactNode }) {
  const { hover, epoch } = useHover();
  const [from, to] = view.epochs;
  const span = width - MARGIN.left - MARGIN.right;
  const place = view.log ? (value: number) => Math.log(Math.max(value, 1)) : (value: number) => value;
  const unplace = view.log ? Math.exp : (value: number) => value;
  const [start, end] = [place(from), place(to)];
  const bounded = (value: number) => Math.round(Math.min(to, Math.max(from, 1, value)));

  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const share = (event.clientX - event.currentTarget.getBoundingClientRect().left - MARGIN.left) / span;
    hover.point(share < 0 || share > 1 ? null : bounded(unplace(start + share * (end - start))));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") hover.point(null);
    if (!by) return;
    event.preventDefault();
    const step = by * (end - start) * (event.shiftKey ? 0.1 : 0.01);
    hover.point(bounded(epoch === null ? to : unplace(place(epoch) + step)));
  };
  const share = epoch === null ? -1 : (place(epoch) - start) / (end - start);
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no element for a chart that can be pointed into
    <div
      className="pointable"
      role="group"
      aria-label="Point at an epoch with the left and right arrow keys"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move the epoch that is read off
      tabIndex={0}
      onPointerMove={onPointerMove}
      onPointerLeave={() => hover.point(null)}
      onBlur={() => hover.point(null)}
      onKeyDown={onKeyDown}
    >
      {children}
      <span className="axis-name" aria-hidden="true">
        epoch
      </span>
      {share >= 0 && share <= 1 && (
        <div
          className="rule"
          style={{ left: MARGIN.left + share * span, top: MARGIN.top, bottom: MARGIN.bottom }}
          aria-hidden="true"
        />
      )}
    </div>
  );
}

interface Read {
  epoch: number | null;
  train: { mean: number | null; sd: number | null };
  test: { mean: number | null; sd: number | null };
}

function readAt({ series }: DrawnArm, epoch: number): Read {
  const of = ({ epoch: epochs, mean, sd }: DrawnArm["series"]["train"]) => {
    const deviation = sd ? valueAt(epochs, sd, epoch) : Number.NaN;
    return { mean: valueAt(epochs, mean, epoch), sd: Number.isNaN(deviation) ? null : deviation };
  };
  return { epoch, train: of(series.train), test: of(series.test) };
}

/** The figures to show: of the epoch pointed at, else of the last weights, else of the last epoch so far. */
function read(arm: ArmState, drawn: DrawnArm, view: View, pointed: number | null): Read | null {
  if (pointed !== null) return readAt(drawn, pointed);
  if (arm.n > 0 && arm.n === arm.runs.length) {
    return { epoch: null, train: arm.figures[`train_${view.family}`], test: arm.figures[`test_${view.family}`] };
  }
  const { epoch } = drawn.series.train;
  return epoch.length ? readAt(drawn, epoch[epoch.length - 1] as number) : null;
}

const IDLE: Record<string, string> = {
  queued: "Waiting for a free worker",
  running: "Starting",
  paused: "Paused before its first epoch",
  failed: "Failed before its first epoch",
  cancelled: "Cancelled before its first epoch",
};

function atWords(epoch: number | null, arm: ArmState, pointed: number | null): string {
  if (epoch === null) return "final";
  return `${arm.unfinished && pointed === null ? "unfinished, " : ""}epoch ${count(epoch)}`;
}

/** Train, test, gap and n in one line. */
function FigureLine({ arm, drawn, view }: { arm: ArmState; drawn: DrawnArm; view: View }) {
  const pointed = useHover().epoch;
  const shown = read(arm, drawn, view, pointed);
  if (!shown)
    return (
      <p className="figures hint" data-several={arm.runs.length > 1 || undefined}>
        {IDLE[arm.status] ?? "No curve"}
      </p>
    );
  const { train, test, epoch } = shown;
  const gap = train.mean === null || test.mean === null ? null : train.mean - test.mean;
  return (
    <p className="figures" data-several={arm.runs.length > 1 || undefined} data-testid={`figures:${arm.name}`}>
      <span className="at">{atWords(epoch, arm, pointed)}</span>
      <span>
        <i className="key solid" style={{ borderColor: drawn.colour }} /> train <b>{spreadWords(train)}</b>
      </span>
      <span>
        <i className="key dashed" style={{ borderColor: drawn.colour }} /> test <b>{spreadWords(test)}</b>
      </span>
      <span>
        gap <b>{figure(gap)}</b>
      </span>
      {arm.runs.length > 1 && !arm.unfinished && <span className="n">n = {arm.n}</span>}
    </p>
  );
}

/** The chart in a sentence, for those who don't see it. */
function sentence(arm: ArmState, drawn: DrawnArm, view: View): string {
  const shown = read(arm, drawn, view, null);
  const what = view.family === "score" ? scoreTitle(arm.score) : "Loss";
  if (!shown) return `${what} of ${arm.name}: no epochs yet.`;
  const reached = drawn.series.train.epoch.at(-1) ?? 0;
  const over = arm.runs.length > 1 ? `, mean of ${plural(arm.runs.length, "seed")}` : "";
  const { train, test } = shown;
  return `${what} of ${arm.name} over ${plural(reached, "epoch")}${over}: train ${spreadWords(train)}, test ${spreadWords(test)}.`;
}
