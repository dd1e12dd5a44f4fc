import { SegmentedControl, Switch, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useEffect, useMemo, useRef, useState } from "react";
import type { ExperimentView } from "../api/types";
import type { DrawnArm, View } from "../charts/curves";
import { armColour } from "../charts/palette";
import { sharedRange } from "../charts/ranges";
import { type ArmSeries, armSeries, type Family } from "../charts/series";
import { useWidth } from "../charts/useWidth";
import { useScheme } from "../scheme";
import type { Catalog } from "../setup/catalog";
import { otherChanges } from "../setup/draft";
import { type ArmState, armsOf } from "../state/arms";
import type { LabState } from "../state/fold";
import { scoreTitle } from "../words";
import { useAnswers } from "./Answers";
import { Hover, HoverContext } from "./hover";
import { Overlay, Panel, type Shared } from "./Panel";
import { PublishedCard } from "./PublishedCard";
import { ResultsTable } from "./ResultsTable";

const NARROWEST_PANEL = 290;

const CLOSED: ReadonlySet<string> = new Set(["finished", "failed", "cancelled"]);

/** Panels side by side: all of up to three arms in a row, more in a grid. */
function columnsFor(arms: number, width: number): number {
  const wanted = arms <= 3 ? arms : arms === 4 ? 2 : 3;
  return Math.max(1, Math.min(wanted, Math.floor(width / NARROWEST_PANEL)));
}

/** The arms with the series to draw; one that has nothing new is the same object as before. */
function useDrawn(arms: readonly ArmState[], family: Family): readonly DrawnArm[] {
  const scheme = useScheme();
  const kept = useRef(new WeakMap<ArmState, Map<string, DrawnArm>>());
  return arms.map((arm) => {
    const known = kept.current.get(arm) ?? new Map<string, DrawnArm>();
    kept.current.set(arm, known);
    const key = `${family} ${scheme}`;
    const drawn = known.get(key) ?? {
      name: arm.name,
      colour: armColour(arm.index, scheme),
      series: armSeries(arm.runs, family),
    };
    known.set(key, drawn);
    return drawn;
  });
}

const FAINT_PAUSE = 400;

/** The baseline as it is drawn behind the others: while it grows, renewed only now and then, to spare their redrawing. */
function useFaint(arm: ArmState | undefined, drawn: DrawnArm | undefined): DrawnArm | null {
  const kept = useRef<{ drawn: DrawnArm | null; at: number }>({ drawn: null, at: 0 });
  const now = performance.now();
  const due = arm?.status !== "running" || now - kept.current.at > FAINT_PAUSE;
  if (drawn && (due || kept.current.drawn?.colour !== drawn.colour)) kept.current = { drawn, at: now };
  return kept.current.drawn;
}

/** The experiment as it stands: its panels and its table. */
export function Stage({ view, state, catalog }: { view: ExperimentView; state: LabState; catalog: Catalog }) {
  const [family, setFamily] = useState<Family>("score");
  const [log, setLog] = useState(false);
  const [together, setTogether] = useState(false);
  const [zoom, setZoom] = useState<Pick<View, "epochs" | "y"> | null>(null);
  const [hover] = useState(() => new Hover());
  const [ref, width] = useWidth<HTMLDivElement>();
  const scheme = useScheme();
  const coarse = useMediaQuery("(pointer: coarse)") ?? false;

  const before = useRef<ArmState[]>([]);
  const { experiment } = view;
  const others = useMemo(() => otherChanges(experiment, catalog), [experiment, catalog]);
  const every = armsOf(view, state, before.current, others);
  before.current = every;
  const { answers, shown: arms } = useAnswers(view, state, every);
  const drawn = useDrawn(arms, family);

  const over = CLOSED.has(state.status);
  const most = Math.max(...[...state.runs.values()].map((run) => (over ? run.epochsDone || run.epochs : run.epochs)));
  const [low, high] = sharedRange(
    drawn.map((arm): ArmSeries => arm.series),
    family,
    view.score,
  );
  const shown = useMemo(
    (): View => ({ family, log, epochs: zoom?.epochs ?? [log ? 1 : 0, most], y: zoom?.y ?? [low, high] }),
    [family, log, zoom, most, low, high],
  );
  const columns = columnsFor(arms.length, width);
  const rows = Math.ceil(arms.length / columns);
  const height = together ? 380 : rows === 1 ? 300 : 220;
  const shared = useMemo(
    (): Shared => ({
      view: shown,
      scheme,
      height,
      zoomable: !coarse,
      onZoom: setZoom,
      onReset: () => setZoom(null),
    }),
    [shown, scheme, height, coarse],
  );
  const baseline = useFaint(arms[0], drawn[0]);
  // The table stands below: while a run begins, the charts' first points come before it.
  const begun = useSettled(view.finished_at !== null);
  return (
    <HoverContext value={hover}>
      {answers}
      <div className="controls">
        <SegmentedControl
          size="xs"
          aria-label="What is drawn"
          value={family}
          data={[
            { value: "score", label: scoreTitle(view.score) },
            { value: "loss", label: "Loss" },
          ]}
          onChange={(chosen) => {
            setFamily(chosen as Family);
            setZoom(null);
          }}
        />
        <Switch label="All in one" checked={together} onChange={(event) => setTogether(event.currentTarget.checked)} />
        <Switch
          label="Log epochs"
          checked={log}
          onChange={(event) => {
            setLog(event.currentTarget.checked);
            setZoom(null);
          }}
        />
        {zoom && (
          <UnstyledButton className="more" onClick={() => setZoom(null)}>
            Show all epochs
          </UnstyledButton>
        )}
        <span className="keys" aria-hidden="true">
          <i className="key solid" /> train <i className="key dashed" /> test
        </span>
      </div>
      <div
        ref={ref}
        className="panels"
        style={{ gridTemplateColumns: `repeat(${together ? 1 : columns}, minmax(0, 1fr))` }}
      >
        {width > 0 &&
          (together ? (
            <Overlay arms={arms} drawn={drawn} shared={shared} />
          ) : (
            arms.map((arm, i) => (
              <Panel
                key={arm.name}
                arm={arm}
                drawn={drawn[i] as DrawnArm}
                baseline={i > 0 ? baseline : null}
                shared={shared}
              />
            ))
          ))}
      </div>
      {view.published && <PublishedCard view={view} published={view.published} />}
      {begun && <ResultsTable arms={every} score={view.score} />}
    </HoverContext>
  );
}

/** Whether `already`, or a quarter of a second after the first drawing. */
function useSettled(already: boolean): boolean {
  const [settled, setSettled] = useState(already);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(true), 250);
    return () => clearTimeout(timer);
  }, []);
  return settled || already;
}
