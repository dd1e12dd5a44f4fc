import { Loader } from "@mantine/core";
import { Suspense, useEffect, useMemo, useRef, useState } from "react";
import type { Catalog } from "../api/catalog";
import type { ExperimentView } from "../api/types";
import { SPREADS } from "../charts/spread";
import { otherChanges } from "../experiment/draftOf";
import { type ArmState, armsOf } from "../state/arms";
import { logStops } from "../state/clock";
import { Seeing } from "../state/experimentData";
import type { LabState } from "../state/fold";
import { allEpochs } from "../state/frames";
import { useAnswers } from "./Answers";
import { CurvesView } from "./curves/CurvesView";
import { CURVE_OPTIONS } from "./curves/curveOptions";
import { PublishedCard } from "./curves/PublishedCard";
import { ClockContext, Hover, HoverContext } from "./hover";
import { Scrubber } from "./Scrubber";
import { Tabs } from "./Tabs";
import { ResultsTable } from "./table/ResultsTable";
import { useAddress } from "./useUrlParam";
import { ViewBoundary } from "./ViewBoundary";
import { VerdictStrip } from "./verdict/VerdictStrip";
import type { Looking } from "./viewProps";
import { BoundaryView, ExportView, NormsView, SettingsView, TableView, WeightsView } from "./views";

const TABS = [
  { id: "curves", title: "Curves" },
  { id: "norms", title: "Norms" },
  { id: "weights", title: "Weights" },
  { id: "boundary", title: "Boundary" },
  { id: "table", title: "Table" },
  { id: "settings", title: "Settings" },
  { id: "export", title: "Export" },
] as const;

type ViewId = (typeof TABS)[number]["id"];

/** Views that the scrubber moves. */
const MOVED: ReadonlySet<ViewId> = new Set(["curves", "norms", "weights", "boundary"]);

const CLOSED: ReadonlySet<string> = new Set(["finished", "failed", "cancelled"]);

/** What is fetched beside the log, for as long as this experiment is shown. */
function useSeeing(id: string): Seeing {
  const seeing = useMemo(() => new Seeing(id), [id]);
  useEffect(() => () => seeing.end(), [seeing]);
  return seeing;
}

/** The newest snapshots of all runs in a word that changes with them, and with every run that ends. */
function versionOf(state: LabState, arms: readonly ArmState[]): string {
  let seen = 0;
  for (const epoch of state.snapshots.values()) seen += epoch + 1;
  return `${seen} ${arms.reduce((sum, arm) => sum + arm.n, 0)} ${state.status}`;
}

/** Gives the clock its stops: the snapshots' epochs where any are here, else about where they will be. */
function useStops({ clock, frames }: Seeing, most: number, reached: number): void {
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
export function Stage({ view, state, catalog, onMore }: Props) {
  const [shown, setShown] = useAddress<ViewId>("view", TABS.map((tab) => tab.id) as unknown as [ViewId, ...ViewId[]]);
  const [spread, setSpread] = useAddress("spread", SPREADS);
  const [options, setOptions] = useState(CURVE_OPTIONS);
  const [hover] = useState(() => new Hover());
  const seeing = useSeeing(view.id);

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
  useStops(seeing, most, reached);

  // What stands above and below is drawn once a run's first points are.
  const settled = useSettled(view.finished_at !== null);
  const version = versionOf(state, every);
  const looking: Looking = { view, state, arms, seeing, catalog, version };
  const curves = { options, spread, most };
  return (
    <HoverContext value={hover}>
      <ClockContext value={seeing.clock}>
        <VerdictStrip arms={every} seeing={seeing} over={over} onMore={onMore} />
        <Tabs label="Views" tabs={TABS} chosen={shown} onChoose={setShown}>
          {settled && MOVED.has(shown) && <Scrubber live={!over} />}
          {shown === "curves" ? (
            <>
              {answers}
              <CurvesView arms={arms} score={view.score} {...curves} onOptions={setOptions} onSpread={setSpread} />
              {view.published && <PublishedCard view={view} published={view.published} />}
              {settled && <ResultsTable arms={every} score={view.score} />}
            </>
          ) : (
            <ViewBoundary key={shown}>
              <Suspense fallback={<Loader size="sm" className="loading" />}>
                {shown === "norms" && <NormsView {...looking} most={most} />}
                {shown === "weights" && <WeightsView {...looking} />}
                {shown === "boundary" && <BoundaryView {...looking} />}
                {shown === "table" && <TableView {...looking} arms={every} />}
                {shown === "settings" && <SettingsView {...looking} />}
                {shown === "export" && <ExportView {...looking} {...curves} />}
              </Suspense>
            </ViewBoundary>
          )}
        </Tabs>
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
