import { Switch } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { api } from "../api/client";
import type { ContestAnswer, ExperimentView, SweepAnswer } from "../api/types";
import type { ArmState } from "../state/arms";
import type { LabState } from "../state/fold";
import { useTold } from "../state/useTold";
import { ContestView } from "./contest/ContestView";
import { SweepView } from "./sweep/SweepView";
import { visibleArms } from "./visibleArms";

const ENDED: ReadonlySet<string> = new Set(["finished", "failed", "cancelled"]);

/** Changes with each run that ends, and when the sealed set is revealed. */
function versionOf(view: ExperimentView, state: LabState): string {
  const ended = [...state.runs.values()].filter((run) => ENDED.has(run.status));
  return `${view.id} ${ended.length} ${view.reveals}`;
}

/**
 * What the experiment's sweep and its contest of methods say as its runs finish, and which arms have panels of their
 * own: few, unless all are asked for.
 */
export function useAnswers(
  view: ExperimentView,
  state: LabState,
  arms: readonly ArmState[],
): { answers: ReactNode; shown: readonly ArmState[] } {
  const [all, setAll] = useState(false);
  const version = versionOf(view, state);
  const swept = Boolean(view.experiment.sweep);
  const rivals = view.experiment.arms?.some((arm) => arm.family) ?? false;
  const sweep = useTold<SweepAnswer>(swept && view.id ? () => api.sweep(view.id) : null, version);
  const contest = useTold<ContestAnswer>(rivals && view.id ? () => api.contest(view.id) : null, version);
  if (!swept && !rivals) return { answers: null, shown: arms };
  const answers = (
    <>
      {swept && <SweepView view={view} sweep={sweep} />}
      {contest.told && <ContestView view={view} answer={contest.told} />}
      <Switch
        label={`Panels of all ${arms.length} arms`}
        checked={all}
        onChange={(event) => setAll(event.currentTarget.checked)}
      />
    </>
  );
  return { answers, shown: all ? arms : visibleArms(arms, view, sweep.told, contest.told) };
}
