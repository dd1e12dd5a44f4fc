import type { SuiteArm } from "../../api/types";

/** What a chip says of an arm over all data sets, and its tone. */
export const CHIPS: Readonly<Record<Exclude<SuiteArm["claim"], "baseline">, { text: string; tone: Tone }>> = {
  better: { text: "Helps", tone: "good" },
  mostly_better: { text: "Helps", tone: "good" },
  same: { text: "Same", tone: "plain" },
  mostly_worse: { text: "Hurts", tone: "bad" },
  worse: { text: "Hurts", tone: "bad" },
  undecided: { text: "No clear difference", tone: "plain" },
  too_few: { text: "Too early", tone: "plain" },
};

export type Tone = "good" | "bad" | "plain";
