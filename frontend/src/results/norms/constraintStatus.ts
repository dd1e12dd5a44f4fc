import { tickText } from "../../charts/drawing";
import { figure, plural } from "../../format";
import type { ArmState } from "../../state/arms";
import type { WeightNorms } from "../../state/norms";

/** Four decimals: enough to tell rounding in single precision from a broken limit. */
function norm(value: number | null): string {
  return value === null ? "–" : value !== 0 && Math.abs(value) < 5e-5 ? "0.0000" : figure(value, 4);
}

/**
 * "held: largest norm 1.0000 ≤ 1", or the norms that broke the limit, over the last weights of the runs that finished
 * without diverging; null without such runs or without a constraint. A constraint that promises nothing (a rate below 1)
 * is neither: its `isSatisfied` is null.
 */
export function constraintStatus(
  { weights }: Pick<ArmState, "weights">,
  { layer, weight, limits: [low, high] }: Pick<WeightNorms, "layer" | "weight" | "limits">,
): { text: string; isSatisfied: boolean | null } | null {
  const report = weights.find((each) => each.layer === layer && each.weight === weight);
  if (!report || report.constraint === null || report.n === 0) return null;
  if (report.held === null)
    return { text: `not promised: norms ${norm(report.min)} to ${norm(report.max)}`, isSatisfied: null };
  const runs = report.n > 1 ? `, in all ${plural(report.n, "run")}` : "";
  const reached = report.reached === false ? "; the limit was not reached" : "";
  const both = low !== null && high !== null;
  const relation =
    both && low === high
      ? `norms ${norm(report.min)} to ${norm(report.max)} = ${tickText(high)}`
      : both && low > 0
        ? `norms ${norm(report.min)} to ${norm(report.max)} within ${tickText(low)} to ${tickText(high)}`
        : high !== null
          ? `largest norm ${norm(report.max)} ≤ ${tickText(high)}`
          : low !== null && low > 0
            ? `smallest norm ${norm(report.min)} ≥ ${tickText(low)}`
            : (report.constraint ?? "");
  if (report.held) return { text: `held: ${relation}${runs}${reached}`, isSatisfied: true };
  const wanted = both && low === high ? `exactly ${tickText(high)}` : (report.constraint ?? "the limit");
  return {
    text: `not held: norms ${norm(report.min)} to ${norm(report.max)}, allowed: ${wanted}`,
    isSatisfied: false,
  };
}
