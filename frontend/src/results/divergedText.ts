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
