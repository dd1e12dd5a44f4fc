import type { Fields } from "../api/catalog";
import type { ArmDraft } from "../experiment/draft";

/** Whether an arm changes a constraint of some layer. */
function constrains({ changes: { layers, output } }: ArmDraft): boolean {
  const parts: Fields[] = [...Object.values(layers), output];
  return parts.some((part) => Object.keys(part).some((field) => field.endsWith("_constraint")));
}

/** The question that an experiment with these arms answers. */
export function questionOf(arms: readonly ArmDraft[], swept: boolean): string {
  if (arms.some((arm) => arm.family)) return "Which method generalises best?";
  if (swept) return "Which value works best?";
  if (arms.length < 2) return "How well does this network generalise?";
  return arms.some(constrains) ? "Does limiting the weights reduce overfitting?" : "Which arm generalises best?";
}
