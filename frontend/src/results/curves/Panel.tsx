import clsx from "clsx";
import { memo, useMemo } from "react";
import type { Metric } from "../../api/events";
import { Plot } from "../../charts/Plot";
import type { Canvas } from "../../charts/plotLayout";
import type { Figure, Trace } from "../../charts/plotly";
import { SPREAD_WORDS, type SpreadKind } from "../../charts/spread";
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
    <section className={viewStyles.panel} aria-label={arm.name} data-testid={`panel:${arm.name}`}>
      <header>
        <h3>
          <span className="swatch" style={{ background: drawn.colour }} aria-hidden="true" />
          {arm.name}
        </h3>
        <p className="hint">{arm.words.join("; ") || "no constraint"}</p>
      </header>
      <div ref={ref}>
        {width > 0 && (
          <EpochCursor epochs={view.epochs} log={view.log} width={width}>
            <Zoomable
              figure={shown}
              label={sentence(arm, drawn, view)}
              shared={shared}
              urgent={drawn.series.train.epoch.length > 0}
            />
          </EpochCursor>
        )}
      </div>
      <FigureLine arm={arm} drawn={drawn} view={view} />
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
      onZoom={({ x, y }) => onZoom({ epochs: view.log ? [10 ** x[0], 10 ** x[1]] : x, y })}
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

function atText(epoch: number | null, arm: ArmState, view: View, pointed: number | null): string {
  const at = epoch === null ? "final" : `epoch ${count(epoch)}`;
  if (arm.unfinished) return pointed === null ? `unfinished, ${at}` : at;
  return arm.runs.length > 1 ? `${at}, n = ${arm.n}, ${SPREAD_WORDS[view.spread].short}` : at;
}

const DASHED = clsx(viewStyles.key, viewStyles.dashed);

/** Train, test and gap, of which epoch and how many seeds: in one line, or of several seeds in two. */
function FigureLine({ arm, drawn, view }: { arm: ArmState; drawn: DrawnArm; view: View }) {
  const pointed = useMarked();
  const shown = readoutOf(arm, drawn, view, pointed);
  if (!shown)
    return (
      <p className={clsx("hint", viewStyles.figures, styles.figures)} data-several={arm.runs.length > 1 || undefined}>
        {IDLE[arm.status] ?? "No curve"}
      </p>
    );
  const { train, test, epoch } = shown;
  const gap = train.mean === null || test.mean === null ? null : train.mean - test.mean;
  const diverged = divergedText(arm);
  return (
    <p
      className={clsx(viewStyles.figures, styles.figures)}
      data-several={arm.runs.length > 1 || undefined}
      data-testid={`figures:${arm.name}`}
    >
      <span className={clsx(viewStyles.at, styles.at)}>{atText(epoch, arm, view, pointed)}</span>
      <span className={styles.train}>
        <i className={viewStyles.key} style={{ borderColor: drawn.colour }} /> train <b>{measuredText(train)}</b>
      </span>
      <span className={styles.test}>
        <i className={DASHED} style={{ borderColor: drawn.colour }} /> test <b>{measuredText(test)}</b>
      </span>
      <span className={styles.gap}>
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
