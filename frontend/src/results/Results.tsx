import { Loader } from "@mantine/core";
import { Suspense, useEffect, useMemo, useRef, useState } from "react";
import type { Catalog } from "../api/catalog";
import type { ExperimentView } from "../api/types";
import { SPREADS } from "../charts/spread";
import { otherChanges } from "../experiment/draftOf";
import { type ArmState, armsOf } from "../state/arms";
import { logStops } from "../state/clock";
import { ExperimentData } from "../state/experimentData";
import type { LabState } from "../state/fold";
import { allEpochs } from "../state/frames";
import { useAnswers } from "./Answers";
import { CURVE_OPTIONS } from "./curves/curveOptions";
import { ClockContext, Hover, HoverContext } from "./hover";
import styles from "./Results.module.css";
import { Scrubber } from "./Scrubber";
import { useUrlParam } from "./useUrlParam";
import { ViewBoundary } from "./ViewBoundary";
import { ViewTabs } from "./ViewTabs";
import { VerdictStrip } from "./verdict/VerdictStrip";
import type { ViewProps } from "./viewProps";
import { VIEWS } from "./views";

const VIEW_IDS = VIEWS.map((each) => each.id) as [string, ...string[]];

const CLOSED: ReadonlySet<string> = new Set(["finished", "failed", "cancelled"]);

/** The data fetched beside the log, for as long as this experiment is shown. */
function useExperimentData(id: string): ExperimentData {
  const data = useMemo(() => new ExperimentData(id), [id]);
  useEffect(() => () => data.end(), [data]);
  return data;
}

/** The newest snapshots of all runs in a word that changes with them, and with every run that ends. */
function versionOf(state: LabState, arms: readonly ArmState[]): string {
  let seen = 0;
  for (const epoch of state.snapshots.values()) seen += epoch + 1;
  return `${seen} ${arms.reduce((sum, arm) => sum + arm.n, 0)} ${state.status}`;
}

/** Gives the clock its stops: the snapshots' epochs where any are here, else about where they will be. */
function useStops({ clock, frames }: ExperimentData, most: number, reached: number): void {
  useEffect(() => {
    const renew = () => {
      const held = [...frames.current().values()].flatMap(({ value }) => (value?.epoch.length ? [value.epoch] : []));
      const seen = allEpochs(held);
      const upTo = logStops(most).filter((stop) => stop <= reached);
      // Frames are fetched only while somebody looks at them: the curves may be further.
      clock.reach(seen.length ? [...seen, ...upTo.filter((stop) => stop > (seen.at(-1) ?? 0))] : upTo);
    };
    renew();
    return frames.subscribe(renew);
  }, [clock, frames, most, reached]);
}

interface Props {
  view: ExperimentView;
  state: LabState;
  catalog: Catalog;
  /** Runs the experiment again with that many more seeds. */
  onMore: (seeds: number) => void;
}

/** The experiment as it stands: the verdict, and one of the views. */
export function Results({ view, state, catalog, onMore }: Props) {
  const [chosen, setChosen] = useUrlParam("view", VIEW_IDS);
  const [spread, setSpread] = useUrlParam("spread", SPREADS);
  const [options, setOptions] = useState(CURVE_OPTIONS);
  const [hover] = useState(() => new Hover());
  const data = useExperimentData(view.id);

  const before = useRef<ArmState[]>([]);
  const { experiment } = view;
  const others = useMemo(() => otherChanges(experiment, catalog), [experiment, catalog]);
  const every = armsOf(view, state, before.current, others);
  before.current = every;
  // Of a sweep's many arms a few have panels, unless all are asked for.
  const { answers, shown: arms } = useAnswers(view, state, every);

  const over = CLOSED.has(state.status);
  const runs = [...state.runs.values()];
  const most = Math.max(...runs.map((run) => (over ? run.epochsDone || run.epochs : run.epochs)));
  const stops = useMemo(() => logStops(most), [most]);
  const done = Math.max(...runs.map((run) => run.epochsDone));
  // The last stop that was reached: it changes sixty times, not with every chunk.
  const reached = stops.findLast((stop) => stop <= done) ?? 0;
  useStops(data, most, reached);

  // What stands above and below is drawn once a run's first points are.
  const settled = useSettled(view.finished_at !== null);
  const version = versionOf(state, every);
  const views = VIEWS.filter(({ isOffered }) => isOffered?.(view) ?? true);
  const shown = views.find(({ id }) => id === chosen) ?? VIEWS[0];
  const props: ViewProps = {
    view,
    state,
    catalog,
    arms,
    allArms: every,
    data,
    version,
    lastEpoch: most,
    curves: { options, onOptions: setOptions, spread, onSpread: setSpread },
    answers,
    settled,
  };
  return (
    <HoverContext value={hover}>
      <ClockContext value={data.clock}>
        <VerdictStrip arms={every} data={data} over={over} onMore={onMore} />
        <ViewTabs views={views} chosen={shown.id} onChoose={setChosen}>
          {settled && shown.followsClock && <Scrubber live={!over} />}
          <ViewBoundary key={shown.id}>
            <Suspense fallback={<Loader size="sm" className={styles.loading} />}>
              <shown.component {...props} />
            </Suspense>
          </ViewBoundary>
        </ViewTabs>
      </ClockContext>
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
