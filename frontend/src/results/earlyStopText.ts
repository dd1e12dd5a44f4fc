import { count } from "../format";
import type { ArmState } from "../state/arms";

/** "stopped at epoch 812, weights of 712, watching validation loss"; null where no run ended early. */
export function earlyStopText({ runs, watched }: Pick<ArmState, "runs" | "watched">): string | null {
  const stopped = runs.filter((run) => run.status === "finished" && run.epochsDone < run.epochs);
  if (stopped.length === 0) return null;
  const ends = rangeText(
    stopped.map((run) => run.epochsDone),
    ["epoch", "epochs"],
  );
  const best = stopped.flatMap((run) => run.bestEpoch ?? []);
  const which = stopped.length < runs.length ? `${stopped.length} of ${runs.length} runs stopped` : "stopped";
  return [
    `${which} at ${ends}`,
    best.length ? `weights of ${rangeText(best)}` : "",
    watched ? `watching ${watched}` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

/** "epoch 812", or "epochs 3 to 7": least to greatest. */
export function rangeText(epochs: readonly number[], [one, several] = ["", ""]): string {
  const [low, high] = [Math.min(...epochs), Math.max(...epochs)];
  return (low === high ? `${one} ${count(low)}` : `${several} ${count(low)} to ${count(high)}`).trim();
}
