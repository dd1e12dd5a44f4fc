import type { ArmVerdict } from "../api/types";
import type { Unit } from "../experiment/replicates";
import { count, plural } from "../format";

type Made = Exclude<ArmVerdict["claim"], "baseline">;

/** A claim in words, of one arm and of several, better ones first; the baseline makes none. */
const CLAIMS: Readonly<Record<Made, (unit: Unit) => readonly [one: string, several: string]>> = {
  better: () => ["better on average", "better on average"],
  mostly_better: (unit) => [`better in most ${unit}s`, `better in most ${unit}s`],
  same: () => ["the same for practical purposes", "the same for practical purposes"],
  mostly_worse: (unit) => [`worse in most ${unit}s`, `worse in most ${unit}s`],
  worse: () => ["worse on average", "worse on average"],
  undecided: () => ["without a clear difference", "without a clear difference"],
  too_few: (unit) => [`needs more ${unit}s`, `need more ${unit}s`],
};

/** The claims that the service makes, better ones first. */
export const CLAIM_NAMES = Object.keys(CLAIMS) as Made[];

/** An arm's claim: "better in most seeds"; empty for the baseline. */
export function claimText(claim: ArmVerdict["claim"], unit: Unit): string {
  return claim === "baseline" ? "" : CLAIMS[claim](unit)[0];
}

/** "25 arms, against baseline: 3 better in most seeds, 9 need more seeds, 12 without a clear difference". */
export function summaryText(arms: readonly Pick<ArmVerdict, "claim">[], baseline: string, unit: Unit): string {
  const parts = CLAIM_NAMES.flatMap((claim) => {
    const those = arms.filter((arm) => arm.claim === claim).length;
    return those ? [`${count(those)} ${CLAIMS[claim](unit)[those === 1 ? 0 : 1]}`] : [];
  });
  return `${plural(arms.length, "arm")}, against ${baseline}: ${parts.join(", ")}`;
}

const CHIPS: Readonly<Record<NonNullable<ArmVerdict["chip"]>, string>> = {
  helps: "Helps",
  hurts: "Hurts",
  same: "The same",
  no_difference: "No clear difference",
  too_early: "Too early",
  never_reached: "Never reached",
  same_as_baseline: "Same as baseline",
};

/** The claim in a word or two: "Helps". */
export function chipText({ chip }: Pick<ArmVerdict, "chip">): string {
  return chip === null ? "" : CHIPS[chip];
}

/** The difference in one figure, or the arm that it trained exactly as. */
export function figureText(verdict: Pick<ArmVerdict, "figure" | "same_as" | "chip" | "baseline"> | undefined): string {
  if (!verdict || verdict.baseline) return "";
  if (verdict.chip === "never_reached") return "trained as the baseline did";
  if (verdict.chip === "same_as_baseline") return "the same model, bit for bit";
  if (verdict.same_as) return `same results as ${verdict.same_as}`;
  return verdict.figure ?? "";
}
