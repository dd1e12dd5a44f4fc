import { Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ExperimentView } from "../api/types";
import type { More } from "../experiment/replicates";
import type { ArmState } from "../state/arms";
import { queries } from "../state/queries";
import { MethodComparison } from "./comparison/MethodComparison";
import { SweepView } from "./sweep/SweepView";
import { useUrlParam } from "./useUrlParam";
import { visibleArms } from "./visibleArms";

const PANELS = ["few", "all"] as const;

/**
 * The answers of the experiment's sweep and of its comparison of methods, and the arms that have panels: few, unless
 * all are asked for.
 */
export function useAnswers(
  view: ExperimentView,
  arms: readonly ArmState[],
  over: boolean,
  onMore: (more: More) => void,
): { answers: ReactNode; shown: readonly ArmState[] } {
  const [panels, setPanels] = useUrlParam("panels", PANELS);
  const all = panels === "all";
  const swept = Boolean(view.experiment.sweep);
  const rivals = view.experiment.arms?.some((arm) => arm.family) ?? false;
  const sweep = useQuery({ ...queries.sweep(view.id), enabled: swept && view.id !== "" });
  const comparison = useQuery({ ...queries.comparison(view.id), enabled: rivals && view.id !== "" });
  if (!swept && !rivals) return { answers: null, shown: arms };
  const answers = (
    <>
      {swept && <SweepView view={view} answer={sweep.data} error={sweep.failureReason} />}
      {comparison.data && <MethodComparison view={view} answer={comparison.data} over={over} onMore={onMore} />}
      <Switch
        label={`Panels of all ${arms.length} arms`}
        checked={all}
        onChange={(event) => setPanels(event.currentTarget.checked ? "all" : "few")}
      />
    </>
  );
  return { answers, shown: all ? arms : visibleArms(arms, view, sweep.data, comparison.data) };
}
