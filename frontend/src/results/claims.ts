import type { ArmVerdict } from "../api/types";

/** A claim in words, better ones first; the baseline makes none. */
export const CLAIMS: Readonly<Record<Exclude<ArmVerdict["claim"], "baseline">, string>> = {
  better: "better",
  worse: "worse",
  undecided: "no clear difference",
  too_few: "too few seeds",
};
