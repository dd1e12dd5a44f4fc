import type { ArmState } from "../state/arms";

/** "predicts one class only", or "predicts one class only in 2 of 5 runs"; null where no finished run does. */
export function oneClassText({ runs }: Pick<ArmState, "runs">): string | null {
  const ended = runs.filter((run) => run.figures !== null);
  const alone = ended.filter((run) => run.metrics?.test?.predicted_classes === 1).length;
  if (alone === 0) return null;
  return `predicts one class only${ended.length > 1 ? ` in ${alone} of ${ended.length} runs` : ""}`;
}
