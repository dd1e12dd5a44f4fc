import clsx from "clsx";
import { memo, useMemo } from "react";
import type { Metric } from "../../api/events";
import { Plot } from "../../charts/Plot";
import type { Canvas } from "../../charts/plotLayout";
import type { Figure, Trace } from "../../charts/plotly";
import { SPREAD_WORDS, type SpreadKind } from "../../charts/spread";
import { useReady } from "../../charts/useReady";
import { useWidth } from "../../charts/useWidth";
import { count, figure, plural, scoreTitle } from "../../format";
import type { ArmState } from "../../state/arms";
import type { Scheme } from "../../ui/scheme";
import { divergedText } from "../divergedText";
import { EpochCursor } from "../EpochCursor";
import { earlyStopText } from "../earlyStopText";
import { useMarked } from "../hover";
import viewStyles from "../view.module.css";
import { armTraces, curvesLayout, type DrawnArm, faintTraces, overlayTraces, type View } from "./curves";
import { type Measured, measuredAt, measuredOver, measuredText } from "./measured";
import styles from "./Panel.module.css";

/** Properties shared by all panels. */
export interface Shared {
  view: View;
  scheme: Scheme;
  height: number;
  zoomable: boolean;
  onZoom: (epochs: readonly [number, number]) => void;
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

/** Rows of a panel: head, chart, and what is known of its end. */
const PARTS = 3;

/** Width from which a panel's name and figures stand in one line. */
const ROOM = 540;

interface PanelProps {
  arm: ArmState;
  drawn: DrawnArm;
  baseline: DrawnArm | null;
  /** Arm before this one whose curves are the same. */
  same?: string | null;
  shared: Shared;
}

/** One arm: its name and constraint, its curves, and one line of figures. */
export const Panel = memo(function Panel({ arm, drawn, baseline, same = null, shared }: PanelProps) {
  const [ref, width] = useWidth<HTMLDivElement>(true);
  const ready = useReady();
  const { view } = shared;
  const canvas = useCanvas(shared, width);
  const behind = useMemo(() => (baseline ? faintTraces(baseline, view, canvas) : []), [baseline, view, canvas]);
  const own = useMemo(() => armTraces(drawn, view, canvas), [drawn, view, canvas]);
  const shown = useFigure(
    useMemo(() => [...behind, ...own], [behind, own]),
    view,
    canvas,
  );
  const words = arm.words.join("; ") || "no constraint";
  return (
    <section
      className={viewStyles.panel}
      style={{ gridRow: `span ${PARTS}` }}
      aria-label={arm.name}
      data-testid={`panel:${arm.name}`}
    >
      <header className={styles.head} data-narrow={width < ROOM || undefined}>
        <h3>
          <span className="swatch" style={{ background: drawn.colour }} aria-hidden="true" />
          {arm.name}
        </h3>
        <p className="hint" title={words}>
          {words}
        </p>
        <FigureLine arm={arm} drawn={drawn} view={view} />
      </header>
      <div ref={ref} style={{ minHeight: shared.height }}>
        {width > 0 && ready && (
          <EpochCursor epochs={view.epochs} log={view.log} width={width}>
            <Zoomable
              figure={shown}
              label={sentence(arm, drawn, view)}
              shared={shared}
              urgent={drawn.series.train.epoch.length > 0}
            />
            {same !== null && <p className={styles.same}>Same curves as {same}</p>}
          </EpochCursor>
        )}
      </div>
      <Stopped arm={arm} />
    </section>
  );
});

/** Epochs at which early stopping ended the arm's runs. */
function Stopped({ arm }: { arm: ArmState }) {
  const text = earlyStopText(arm);
  return text && <p className={clsx("hint", styles.stopped)}>{text}</p>;
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
    <section className={viewStyles.panel} aria-label="All arms" data-testid="panel:all">
      <div ref={ref}>
        {width > 0 && (
          <EpochCursor epochs={view.epochs} log={view.log} width={width}>
            <Zoomable
              figure={shown}
              label={arms.map((arm, i) => sentence(arm, drawn[i] as DrawnArm, view)).join(" ")}
              shared={shared}
            />
          </EpochCursor>
        )}
      </div>
      <ul className={styles.legend}>
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
      onZoom={(from, to) => onZoom(view.log ? [10 ** from, 10 ** to] : [from, to])}
      onReset={onReset}
      urgent={urgent}
    />
  );
}

interface Readout {
  epoch: number | null;
  train: Measured;
  test: Measured;
}

function readAt({ series }: DrawnArm, epoch: number, kind: SpreadKind): Readout {
  return { epoch, train: measuredAt(series.train, epoch, kind), test: measuredAt(series.test, epoch, kind) };
}

/** The figures to show: of the epoch pointed at, else of the last weights, else of the last epoch so far. */
function readoutOf(arm: ArmState, drawn: DrawnArm, view: View, pointed: number | null): Readout | null {
  if (pointed !== null) return readAt(drawn, Math.max(1, Math.round(pointed)), view.spread);
  if (arm.n > 0 && arm.n === arm.runs.length) {
    const of = (metric: Metric) => measuredOver(arm, metric, view.spread);
    return { epoch: null, train: of(`train_${view.family}`), test: of(`test_${view.family}`) };
  }
  const { epoch } = drawn.series.train;
  return epoch.length ? readAt(drawn, epoch[epoch.length - 1] as number, view.spread) : null;
}

const IDLE: Record<string, string> = {
  queued: "Waiting for a free worker",
  running: "Starting",
  paused: "Paused before its first epoch",
  failed: "Failed before its first epoch",
  cancelled: "Cancelled before its first epoch",
};

/** Epoch of the figures, where it isn't the last, and how many runs they are of; empty for the last of a single run. */
function atText(epoch: number | null, arm: ArmState, view: View, pointed: number | null): string {
  const at = epoch === null ? "" : `epoch ${count(epoch)}`;
  const unfinished = arm.unfinished && pointed === null ? "unfinished" : "";
  // One run has no spread.
  const spread = arm.n > 1 ? `, ${SPREAD_WORDS[view.spread].short}` : "";
  const several = arm.runs.length > 1 && !arm.unfinished ? `n = ${arm.n}${spread}` : "";
  return [unfinished, at, several].filter(Boolean).join(", ");
}

const DASHED = clsx(viewStyles.key, viewStyles.dashed);

/** Train, test and gap, of which epoch and how many seeds. */
function FigureLine({ arm, drawn, view }: { arm: ArmState; drawn: DrawnArm; view: View }) {
  const pointed = useMarked();
  const shown = readoutOf(arm, drawn, view, pointed);
  if (!shown)
    return <p className={clsx("hint", viewStyles.figures, styles.figures)}>{IDLE[arm.status] ?? "No curve"}</p>;
  const { train, test, epoch } = shown;
  const gap = train.mean === null || test.mean === null ? null : train.mean - test.mean;
  const diverged = divergedText(arm);
  const at = atText(epoch, arm, view, pointed);
  return (
    <p className={clsx(viewStyles.figures, styles.figures)} data-testid={`figures:${arm.name}`}>
      <span className={styles.at}>{at}</span>
      <span>
        <i className={viewStyles.key} style={{ borderColor: drawn.colour }} /> train <b>{measuredText(train)}</b>
      </span>
      <span>
        <i className={DASHED} style={{ borderColor: drawn.colour }} /> test <b>{measuredText(test)}</b>
      </span>
      <span>
        gap <b>{figure(gap)}</b>
      </span>
      {diverged && <span className="wrong">{diverged}</span>}
    </p>
  );
}

/** The chart in a sentence, for those who don't see it. */
function sentence(arm: ArmState, drawn: DrawnArm, view: View): string {
  const shown = readoutOf(arm, drawn, view, null);
  const what = view.family === "score" ? scoreTitle(arm.score) : "Loss";
  if (!shown) return `${what} of ${arm.name}: no epochs yet.`;
  const reached = drawn.series.train.epoch.at(-1) ?? 0;
  const over = arm.runs.length > 1 ? `, mean of ${plural(arm.runs.length, "run")}` : "";
  const { train, test } = shown;
  const figures = `train ${measuredText(train)}, test ${measuredText(test)}`;
  const results = [figures, divergedText(arm)].filter(Boolean).join("; ");
  return `${what} of ${arm.name} over ${plural(reached, "epoch")}${over}: ${results}.`;
}
