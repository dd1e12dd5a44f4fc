import type { ArmVerdict } from "../api/types";

/** A claim in words, better ones first; the baseline makes none. */
export const CLAIMS: Readonly<Record<Exclude<ArmVerdict["claim"], "baseline">, string>> = {
  better: "better on average",
  mostly_better: "better in most seeds",
  same: "the same for practical purposes",
  mostly_worse: "worse in most seeds",
  worse: "worse on average",
  undecided: "no clear difference",
  too_few: "too few seeds",
};

const CHIPS: Readonly<Record<NonNullable<ArmVerdict["chip"]>, string>> = {
  helps: "Helps",
  hurts: "Hurts",
  no_difference: "No clear difference",
  too_early: "Too early to say",
  same_as_baseline: "Same as baseline",
};

/** The claim in a word or two: "Helps". Arms that are shown to score alike are "The same". */
export function chipText({ chip, claim }: Pick<ArmVerdict, "chip" | "claim">): string {
  if (chip === null) return "";
  return chip === "no_difference" && claim === "same" ? "The same" : CHIPS[chip];
}

/** The difference in one figure, or the arm that it trained exactly as. */
export function figureText(verdict: Pick<ArmVerdict, "figure" | "same_as" | "chip" | "baseline"> | undefined): string {
  if (!verdict || verdict.baseline) return "";
  if (verdict.chip === "same_as_baseline") return "the same model, bit for bit";
  if (verdict.same_as) return `same results as ${verdict.same_as}`;
  return verdict.figure ?? "";
}
