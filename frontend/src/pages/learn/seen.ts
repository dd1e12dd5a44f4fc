import type { ExperimentView } from "../../api/types";
import type { ArmState } from "../../state/arms";
import type { Frames } from "../../state/frames";
import { factsOf, lengthsOf, lossPath, rowsGained } from "./figures";
import { axis, bias, norms, overfitting, recurrent, repeats, type Seen, type TwoScores } from "./sentences";

/** A lesson's experiment with all that its figures are read from. Frames stand in the order of the arms. */
export interface Evidence {
  view: ExperimentView;
  arms: readonly ArmState[];
  frames: readonly (Frames | null)[];
}

/** The frames' lengths once they are those of the last epoch. */
function lastLengths({ view, frames }: Evidence) {
  return frames.map((each) => {
    const lengths = lengthsOf(each);
    return lengths?.epoch === view.epochs ? lengths : null;
  });
}

function twoScores({ view, arms: [first, second] }: Evidence): TwoScores | null {
  const free = first?.figures.test_score.mean ?? null;
  const limited = second?.figures.test_score.mean ?? null;
  return free === null || limited === null ? null : { score: view.score, free, limited };
}

const READ: Readonly<Record<string, (evidence: Evidence) => Seen | null>> = {
  overfitting: ({ arms }) => {
    const path = lossPath(arms[0]?.runs[0]);
    return path && overfitting(path);
  },
  norms: (evidence) => {
    const [free, max, unit] = lastLengths(evidence);
    const { limit } = factsOf(evidence.view.experiment);
    return free && max && unit && limit !== null ? norms({ limit, free, max, unit }) : null;
  },
  axis: (evidence) => {
    const [, zero, one] = lastLengths(evidence);
    return zero && one ? axis({ zero, one }) : null;
  },
  bias: (evidence) => {
    const scores = twoScores(evidence);
    return scores && bias(scores, factsOf(evidence.view.experiment));
  },
  recurrent: (evidence) => {
    const scores = twoScores(evidence);
    return scores && recurrent(scores, factsOf(evidence.view.experiment));
  },
  repeats: ({ view, arms }) => {
    const facts = factsOf(view.experiment);
    const gained = rowsGained(arms, facts.test);
    return gained.length === facts.draws ? repeats(gained, facts) : null;
  },
};

/** A lesson's experiment in words; null until it has all figures that they need. */
export function seenIn(lesson: string, evidence: Evidence): Seen | null {
  return READ[lesson]?.(evidence) ?? null;
}
