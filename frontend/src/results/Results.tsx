import { Loader } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect, useMemo, useRef, useState } from "react";
import type { Catalog } from "../api/catalog";
import type { ExperimentView } from "../api/types";
import { SPREADS } from "../charts/spread";
import { otherChanges } from "../experiment/draftOf";
import { furtherDraws, type More, roomForSeeds, seedsFor, unitOf } from "../experiment/replicates";
import { type ArmState, armsOf } from "../state/arms";
import { Clock, logStops } from "../state/clock";
import type { LabState } from "../state/fold";
import { allEpochs, type Frames } from "../state/frames";
import { forgetExperiment, keys } from "../state/queries";
import { isClosed } from "../state/status";
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

/** The epoch that the views of experiment `id` show. */
function useClock(id: string): Clock {
  // biome-ignore lint/correctness/useExhaustiveDependencies: each experiment has a clock of its own
  const clock = useMemo(() => new Clock(), [id]);
  useEffect(
    () => () => {
      if (clock.playing()) clock.pause();
      forgetExperiment(id);
    },
    [clock, id],
  );
  return clock;
}

/** Gives the clock its stops: the snapshots' epochs where any are here, else about where they will be. */
function useStops(clock: Clock, id: string, last: number, reached: number): void {
  const client = useQueryClient();
  useEffect(() => {
    const queryKey = keys.allFrames(id);
    const renew = () => {
      const epochs = client.getQueriesData<Frames>({ queryKey }).flatMap(([, data]) => (data ? [data.epoch] : []));
      const seen = allEpochs(epochs);
      const upTo = logStops(last).filter((stop) => stop <= reached);
      // Frames are fetched only while a view shows them: the curves may be further.
      clock.setStops(seen.length ? [...seen, ...upTo.filter((stop) => stop > (seen.at(-1) ?? 0))] : upTo);
    };
    renew();
    return client.getQueryCache().subscribe((event) => {
      const { query, type } = event;
      if (type !== "updated" || event.action.type !== "success") return;
      if (query.queryKey[1] === id && query.queryKey[2] === queryKey[2]) renew();
    });
  }, [client, clock, id, last, reached]);
}

interface Props {
  view: ExperimentView;
  state: LabState;
  catalog: Catalog;
  /** Adds seeds to the experiment, or runs it again on more draws of the rows. */
  onMore: (more: More) => void;
}

/** The experiment as it stands: the verdict, and one of the views. */
export function Results({ view, state, catalog, onMore }: Props) {
  const [chosen, setChosen] = useUrlParam("view", VIEW_IDS);
  const [spread, setSpread] = useUrlParam("spread", SPREADS);
  const [options, setOptions] = useState(CURVE_OPTIONS);
  const [hover] = useState(() => new Hover());
  const clock = useClock(view.id);

  const before = useRef<ArmState[]>([]);
  const { experiment } = view;
  const others = useMemo(() => otherChanges(experiment, catalog), [experiment, catalog]);
  const allArms = armsOf(view, state, before.current, others);
  before.current = allArms;
  const over = isClosed(state.status);
  // A sweep of many arms shows panels for a few of them, unless all are asked for.
  const { answers, shown: arms } = useAnswers(view, allArms, over, onMore);

  const runs = [...state.runs.values()];
  const lastEpoch = Math.max(...runs.map((run) => (over ? run.epochsDone || run.epochs : run.epochs)));
  const stops = useMemo(() => logStops(lastEpoch), [lastEpoch]);
  const done = Math.max(...runs.map((run) => run.epochsDone));
  // The last stop that was reached: it changes sixty times, not with every chunk.
  const reached = stops.findLast((stop) => stop <= done) ?? 0;
  useStops(clock, view.id, lastEpoch, reached);

  // The parts above and below are drawn after the first points.
  const settled = useSettled(view.finished_at !== null);
  const views = VIEWS.filter(({ isOffered }) => isOffered?.(view) ?? true);
  const shown = views.find(({ id }) => id === chosen) ?? VIEWS[0];
  const props: ViewProps = {
    view,
    state,
    catalog,
    arms,
    allArms,
    lastEpoch,
    curves: { options, onOptions: setOptions, spread, onSpread: setSpread },
    answers,
    settled,
  };
  return (
    <HoverContext value={hover}>
      <ClockContext value={clock}>
        <VerdictStrip
          id={view.id}
          arms={allArms}
          over={over}
          onMore={onMore}
          draws={furtherDraws(experiment)}
          looks={view.looks}
          planned={experiment.claims?.looks ?? null}
          step={seedsFor(Math.min(view.first_look_seeds, roomForSeeds(view)), view)}
          unit={unitOf(experiment)}
        />
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

/** Whether views may draw everything: at once if `already`, else 250 ms after the first drawing. */
function useSettled(already: boolean): boolean {
  const [settled, setSettled] = useState(already);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(true), 250);
    return () => clearTimeout(timer);
  }, []);
  return settled || already;
}
