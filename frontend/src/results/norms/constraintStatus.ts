import { tickWords } from "../../charts/drawing";
import { plural } from "../../format";
import type { ArmState } from "../../state/arms";
import type { WeightNorms } from "../../state/norms";

/** Four decimals, at which a limit in single precision is told from a breach. */
function norm(value: number | null): string {
  return value === null ? "–" : value.toFixed(4);
}

/**
 * "held: largest norm 1.0000 ≤ 1", or what was not, of the last weights of every run that finished and did not diverge;
 * null before there is one, and for a weight that nothing constrains.
 */
export function constraintStatus(
  { weights }: Pick<ArmState, "weights">,
  { layer, weight, limits: [low, high] }: Pick<WeightNorms, "layer" | "weight" | "limits">,
): { words: string; held: boolean } | null {
  const report = weights.find((each) => each.layer === layer && each.weight === weight);
  if (!report || report.held === null) return null;
  const runs = report.n > 1 ? `, in all ${plural(report.n, "run")}` : "";
  const reached = report.reached === false ? "; the limit was not reached" : "";
  const both = low !== null && high !== null;
  const relation =
    both && low === high
      ? `norms ${norm(report.min)} to ${norm(report.max)} = ${tickWords(high)}`
      : both && low > 0
        ? `norms ${norm(report.min)} to ${norm(report.max)} within ${tickWords(low)} to ${tickWords(high)}`
        : high !== null
          ? `largest norm ${norm(report.max)} ≤ ${tickWords(high)}`
          : low !== null && low > 0
            ? `smallest norm ${norm(report.min)} ≥ ${tickWords(low)}`
            : (report.constraint ?? "");
  if (report.held) return { words: `held: ${relation}${runs}${reached}`, held: true };
  const wanted = both && low === high ? `exactly ${tickWords(high)}` : (report.constraint ?? "the limit");
  return {
    words: `not held: norms ${norm(report.min)} to ${norm(report.max)}, allowed: ${wanted}`,
    held: false,
  };
}
