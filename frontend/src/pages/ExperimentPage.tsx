import { useCallback, useDeferredValue, useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";
import type { Catalog } from "../api/catalog";
import type { ExperimentView } from "../api/types";
import { type More, withBinding } from "../experiment/replicates";
import { ExperimentHeader } from "../results/header/ExperimentHeader";
import { Results } from "../results/Results";
import type { LiveExperiment } from "../state/live";
import { Notice } from "../ui/Notice";
import { ExperimentSkeleton } from "./ExperimentSkeleton";
import { Gone, OfflineBanner, Unreadable } from "./ExperimentStates";
import { useLive } from "./useLive";

interface Props {
  /** Null until the experiment is created. */
  id: string | null;
  started: LiveExperiment | null;
  catalog: Catalog;
  onEdit: (experiment: ExperimentView["experiment"]) => void;
  /** Runs the experiment anew, on so many draws of its rows. */
  onDraws: (experiment: ExperimentView["experiment"], draws: number) => void;
  /** The set-up beside the experiment; null where it holds another draft. */
  setUp: { open: boolean; toggle: () => void } | null;
}

/**
 * What is followed, as it is to be drawn: points that arrive at once, in their frame; one that has ended, or is still
 * to come, between other things that the browser has to do.
 */
function useUnhurried({ live, snapshot }: ReturnType<typeof useLive>): ReturnType<typeof useLive> {
  const newest = useMemo(() => ({ live, snapshot }), [live, snapshot]);
  const unhurried = useDeferredValue(newest);
  const connection = snapshot?.connection;
  return connection === "live" || connection === "reconnecting" ? newest : unhurried;
}

/** One experiment, live. Only this component renders again as points arrive. */
export function ExperimentPage({ id, started, catalog, onEdit, onDraws, setUp }: Props) {
  const [, navigate] = useLocation();
  const { live, snapshot } = useUnhurried(useLive(id, started));
  const name = id === null ? null : snapshot?.view?.name;
  useEffect(() => {
    document.title = name ? `${name} · Constraint Lab` : "Constraint Lab";
    return () => {
      document.title = "Constraint Lab";
    };
  }, [name]);
  const experiment = snapshot?.view?.experiment;
  const more = useCallback(
    (wanted: More) => {
      if ("seeds" in wanted) void live?.addSeeds(wanted.seeds);
      else if ("moreDraws" in wanted) void live?.addDraws(wanted.moreDraws);
      else if (!experiment) return;
      else if ("draws" in wanted) onDraws(experiment, wanted.draws);
      else onEdit(withBinding(experiment, wanted.arms));
    },
    [experiment, live, onDraws, onEdit],
  );
  const [retrying, setRetrying] = useState(false);
  const retry = useCallback(async () => {
    setRetrying(true);
    await live?.retry();
    setRetrying(false);
  }, [live]);
  if (!live || !snapshot) return id === null ? null : <ExperimentSkeleton />;
  const { view, state, error, gone } = snapshot;
  if (gone) return <Gone name={view?.name} />;
  const toHistory = () => navigate("/experiments");
  if (!view && id !== null && error?.status === 500) {
    return <Unreadable id={id} error={error} onRetry={() => void live.load()} onDeleted={toHistory} />;
  }
  return (
    <>
      <OfflineBanner snapshot={snapshot} />
      {error && <Notice message={error.message} onRetry={() => void live.load()} />}
      {!view && !error && <ExperimentSkeleton />}
      {view && state && (
        <>
          <ExperimentHeader
            live={live}
            snapshot={{ ...snapshot, view, state }}
            catalog={catalog}
            setUp={setUp}
            onEdit={() => onEdit(view.experiment)}
            onDeleted={toHistory}
          />
          <Results
            view={view}
            state={state}
            catalog={catalog}
            onMore={more}
            onAnswer={live.answerShown}
            onRetry={() => void retry()}
            retrying={retrying}
          />
        </>
      )}
    </>
  );
}
