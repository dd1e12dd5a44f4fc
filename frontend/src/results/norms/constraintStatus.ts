import { tickWords } from "../../charts/drawing";
import { plural } from "../../format";
import type { ArmState } from "../../state/arms";
import type { WeightNorms } from "../../state/norms";

/** Four decimals, at which a limit in single precision is told from a breach. */
function norm(value: number | null): string {
  return value === null ? "–" : value.toFixed(4);
}

/**
 * "held: largest norm 1.0000 ≤ 1", or what broke, of the last weights of every run that finished and did not diverge;
 * null before there is one, and for a weight that nothing constrains.
 */
export function constraintStatus(
  { weights }: Pick<ArmState, "weights">,
  { layer, weight, limits: [low, high] }: Pick<WeightNorms, "layer" | "weight" | "limits">,
): { words: string; broke: boolean } | null {
  const told = weights.find((each) => each.layer === layer && each.weight === weight);
  if (!told || told.held === null) return null;
  const runs = told.n > 1 ? `, in all ${plural(told.n, "run")}` : "";
  const reached = told.reached === false ? "; the limit was not reached" : "";
  const both = low !== null && high !== null;
  const relation =
    both && low === high
      ? `norms ${norm(told.min)} to ${norm(told.max)} = ${tickWords(high)}`
      : both && low > 0
        ? `norms ${norm(told.min)} to ${norm(told.max)} within ${tickWords(low)} to ${tickWords(high)}`
        : high !== null
          ? `largest norm ${norm(told.max)} ≤ ${tickWords(high)}`
          : low !== null && low > 0
            ? `smallest norm ${norm(told.min)} ≥ ${tickWords(low)}`
            : (told.constraint ?? "");
  if (told.held) return { words: `held: ${relation}${runs}${reached}`, broke: false };
  const wanted = both && low === high ? `exactly ${tickWords(high)}` : (told.constraint ?? "the limit");
  return { words: `broke: norms ${norm(told.min)} to ${norm(told.max)}, where ${wanted} was asked for`, broke: true };
}
