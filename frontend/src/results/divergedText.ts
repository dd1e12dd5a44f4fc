import { plural } from "../format";
import type { ArmState } from "../state/arms";
import { rangeText } from "./earlyStopText";

/** "diverged at epoch 3", or "2 of 5 runs diverged at epochs 3 to 7"; null where no run has. */
export function divergedText({ runs }: Pick<ArmState, "runs">): string | null {
  const epochs = runs.flatMap((run) => run.divergedAt ?? []);
  if (epochs.length === 0) return null;
  const which = runs.length > 1 ? `${epochs.length} of ${plural(runs.length, "run")} diverged` : "diverged";
  return `${which} at ${rangeText(epochs, ["epoch", "epochs"])}`;
}

/** Whether every arm has finished, and diverged in every finished run. */
export function allDiverged(arms: readonly Pick<ArmState, "runs">[]): boolean {
  return (
    arms.length > 0 &&
    arms.every(({ runs }) => {
      const finished = runs.filter((run) => run.figures !== null);
      return (
        finished.length > 0 && finished.every((run) => run.divergedAt !== null && run.figures?.test_score === null)
      );
    })
  );
}
