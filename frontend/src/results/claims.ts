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
