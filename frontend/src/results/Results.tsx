import { Loader, Skeleton } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import type { Catalog } from "../api/catalog";
import type { ExperimentView } from "../api/types";
import { SPREADS } from "../charts/spread";
import { otherChanges } from "../experiment/draftOf";
import { addableDraws, furtherDraws, type More, roomForSeeds, seedsFor, unitOf } from "../experiment/replicates";
import { type ArmState, armsOf } from "../state/arms";
import { Clock, logStops } from "../state/clock";
import type { LabState } from "../state/fold";
import { allEpochs, type Frames } from "../state/frames";
import { forgetExperiment, keys } from "../state/queries";
import { isClosed } from "../state/status";
import { useCommands } from "../ui/commands";
import { ViewBoundary } from "../ui/ViewBoundary";
import { useAnswers } from "./Answers";
import { useCurveOptions } from "./curves/useCurveOptions";
import { ClockContext, Hover, HoverContext } from "./hover";
import { usePresent, usePresentKey } from "./present/usePresent";
import styles from "./Results.module.css";
import { Scrubber } from "./Scrubber";
import { EndedBanner } from "./states/EndedBanner";
import { unansweredText } from "./states/stateText";
import { useWaitingText } from "./states/useWaitingText";
import { useEpochInAddress } from "./useEpochInAddress";
import { useSpokenProgress } from "./useSpokenProgress";
import { useUrlParam } from "./useUrlParam";
import { ViewTabs } from "./ViewTabs";
import { VerdictStrip } from "./verdict/VerdictStrip";
import type { ViewProps } from "./viewProps";
import { VIEWS } from "./views";

const Present = lazy(() => import("./present/Present"));

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
  /** The answer is on the screen. */
  onAnswer: () => void;
  /** Trains the runs again that failed or were cancelled. */
  onRetry: () => void;
  retrying: boolean;
}

/** The experiment as it stands: the verdict, and one of the views. */
export function Results({ view, state, catalog, onMore, onAnswer, onRetry, retrying }: Props) {
  const [chosen, setChosen] = useUrlParam("view", VIEW_IDS);
  const [spread, setSpread] = useUrlParam("spread", SPREADS);
  const [options, setOptions] = useCurveOptions(view.id);
  const [hover] = useState(() => new Hover());
  const clock = useClock(view.id);
  useEpochInAddress(clock, view.id);
  useSpokenProgress(view, state.status);
  const present = usePresent();
  usePresentKey(present);

  const before = useRef<ArmState[]>([]);
  const { experiment } = view;
  const others = useMemo(() => otherChanges(experiment, catalog), [experiment, catalog]);
  const allArms = armsOf(view, state, before.current, others);
  before.current = allArms;
  const over = isClosed(state.status);
  const waiting = useWaitingText(view, state.status);
  const { status } = state;
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
  // The page that is prepared behind the Lab offers nothing.
  useCommands(
    view.id
      ? views.map(({ id, title }) => ({ id: `view:${id}`, title, group: "views" as const, run: () => setChosen(id) }))
      : [],
  );
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
  if (present.presenting && view.id !== "") {
    return (
      <HoverContext value={hover}>
        <ClockContext value={clock}>
          <ViewBoundary key="present">
            <Suspense fallback={<Loader size="sm" className={styles.loading} />}>
              <Present
                {...{ view, state, allArms, lastEpoch }}
                family={options.family}
                logLoss={options.logLoss}
                onFamily={(family) => setOptions({ ...options, family })}
                onEnd={present.end}
              />
            </Suspense>
          </ViewBoundary>
        </ClockContext>
      </HoverContext>
    );
  }
  return (
    <HoverContext value={hover}>
      <ClockContext value={clock}>
        {(status === "failed" || status === "cancelled") && (
          <EndedBanner status={status} runs={state.runs} onRetry={onRetry} busy={retrying} />
        )}
        {(!over || allArms.some((arm) => arm.n > 0)) && (
          <VerdictStrip
            id={view.id}
            arms={allArms}
            over={over}
            unanswered={unansweredText(status, waiting)}
            onMore={onMore}
            onAnswer={onAnswer}
            draws={furtherDraws(experiment)}
            moreDraws={addableDraws(view)}
            looks={view.looks}
            planned={experiment.claims?.looks ?? null}
            step={seedsFor(Math.min(view.first_look_seeds, roomForSeeds(view)), view)}
            unit={unitOf(experiment)}
            predicts={Boolean(experiment.prediction)}
          />
        )}
        <ViewTabs
          views={views}
          chosen={shown.id}
          onChoose={setChosen}
          aside={
            <>
              {shown.followsClock && <Scrubber live={!over} />}
              {shown.controls && <shown.controls {...props} />}
            </>
          }
        >
          <ViewBoundary key={shown.id}>
            <Suspense fallback={<Skeleton height="calc(100vh - 320px)" mt={12} role="status" aria-label="Loading" />}>
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
