import { useCallback, useEffect } from "react";
import { useLocation } from "wouter";
import type { Catalog } from "../api/catalog";
import type { ExperimentView } from "../api/types";
import type { More } from "../experiment/replicates";
import { ExperimentHeader } from "../results/header/ExperimentHeader";
import { Results } from "../results/Results";
import type { LiveExperiment } from "../state/live";
import { Notice } from "../ui/Notice";
import { useLive } from "./useLive";

interface Props {
  /** Null until the experiment is created. */
  id: string | null;
  started: LiveExperiment | null;
  catalog: Catalog;
  onEdit: (experiment: ExperimentView["experiment"]) => void;
  /** Runs the experiment anew, on so many draws of its rows. */
  onDraws: (experiment: ExperimentView["experiment"], draws: number) => void;
}

/** One experiment, live. Only this component renders again as points arrive. */
export function ExperimentPage({ id, started, catalog, onEdit, onDraws }: Props) {
  const [, navigate] = useLocation();
  const { live, snapshot } = useLive(id, started);
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
      else if (experiment) onDraws(experiment, wanted.draws);
    },
    [experiment, live, onDraws],
  );
  if (!live || !snapshot) return null;
  const { view, state, error } = snapshot;
  return (
    <>
      {error && <Notice message={error.message} onRetry={() => void live.load()} />}
      {view && state && (
        <>
          <ExperimentHeader
            live={live}
            snapshot={{ ...snapshot, view, state }}
            catalog={catalog}
            onEdit={() => onEdit(view.experiment)}
            onDeleted={() => navigate("/experiments")}
          />
          <Results view={view} state={state} catalog={catalog} onMore={more} />
        </>
      )}
    </>
  );
}
