/** Sentences of the lessons, made from the figures of their experiments. */

import type { Score } from "../../api/types";
import { count, figure, plural, scoreName } from "../../format";
import type { Facts, Lengths, LossPath } from "./figures";

/** A lesson's experiment in words. */
export interface Seen {
  /** Id of the answer that the figures give. */
  answer: string;
  /** What was seen. */
  sentences: readonly string[];
  /** What to take away. */
  takeaway: readonly string[];
}

/** A loss that has risen by this share above its lowest has turned. */
const TURNED = 0.1;
/** Lengths this close are the same: training computes in single precision. */
const EQUAL = 1e-3;
/** Scores closer than this are called the same here: one run bears no finer judgement. */
const CLOSE = 0.05;

const near = (value: number, to: number) => Math.abs(value - to) <= EQUAL * to;

export function overfitting(path: LossPath): Seen {
  const { first, lowest, lowestAt, last, trainLast, trainScore, testScore } = path;
  const rises = last > (1 + TURNED) * lowest;
  const moves = lowest < (1 - TURNED) * first;
  const sentences = [
    `The train loss ended at ${figure(trainLast)}. The test loss was lowest at epoch ${count(lowestAt)}, at ${figure(lowest)}, and ended at ${figure(last)}.`,
    `Accuracy: ${figure(trainScore)} on the rows it trained on, ${figure(testScore)} on the others.`,
  ];
  if (rises) {
    return {
      answer: "rises",
      sentences,
      takeaway: [
        `After epoch ${count(lowestAt)} the network went on learning its own rows, noise included, while its answers on the others got worse. That is overfitting.`,
        "A constraint limits how far the weights can go for that. It is one way against overfitting; stopping early is another.",
      ],
    };
  }
  return {
    answer: moves ? "falls" : "flat",
    sentences,
    takeaway: [
      "This time the test loss did not turn: on these rows the network did not overfit in so many epochs.",
      "Overfitting needs a network that is large for its rows, and time. Try more epochs or fewer rows in the Lab.",
    ],
  };
}

export interface NormArms {
  limit: number;
  free: Lengths;
  max: Lengths;
  unit: Lengths;
}

const range = (values: readonly number[]) => `${figure(Math.min(...values), 2)} to ${figure(Math.max(...values), 2)}`;

export function norms({ limit, free, max, unit }: NormArms): Seen {
  const total = max.units.length;
  const at = max.units.filter((length) => near(length, limit)).length;
  const above = max.units.filter((length) => length > limit && !near(length, limit)).length;
  const exact = unit.units.filter((length) => near(length, 1)).length;
  const answer = above ? "any" : at === total ? "exact" : "below";
  const first = `Without a constraint the lengths run from ${range(free.units)}.`;
  const second = above
    ? `Under max norm ${limit}, ${count(above)} of ${plural(total, "unit")} ended longer than ${limit}.`
    : `Under max norm ${limit}, ${count(at)} of ${plural(total, "unit")} ended at ${limit} and ${count(total - at)} below it.`;
  const third = `Under unit norm ${exact === total ? "all" : count(exact)} of ${count(total)} have a length of 1.`;
  const lifted = free.units.filter((length) => length < 1).length;
  return {
    answer,
    sentences: [first, second, third],
    takeaway: [
      answer === "any"
        ? "This is not what max norm promises; look at the experiment's norms before you trust it."
        : "Max norm is a ceiling: it shortens what is too long and leaves the rest alone. Unit norm fixes every length.",
      lifted
        ? `So unit norm does not make all weights small: without it ${count(lifted)} of ${plural(total, "unit")} would be shorter than 1.`
        : "Here every unit left free is longer than 1, so unit norm makes all of them shorter.",
    ],
  };
}

export interface AxisArms {
  /** Under unit norm over axis 0. */
  zero: Lengths;
  /** Under unit norm over axis 1. */
  one: Lengths;
}

export function axis({ zero, one }: AxisArms): Seen {
  const ones = (values: readonly number[]) => values.every((length) => near(length, 1));
  const units = one.units.length;
  const inputs = one.inputs.length;
  const [ofUnits, ofInputs] = [ones(one.units), ones(one.inputs)];
  const answer = ofUnits && ofInputs ? "both" : ofUnits ? "units" : ofInputs ? "inputs" : "neither";
  const mean = one.units.reduce((sum, length) => sum + length, 0) / units;
  const words = {
    both: "both each unit's and each input's weights",
    units: "each unit's weights",
    inputs: "each input's weights",
    neither: "neither the units' nor the inputs' weights",
  };
  return {
    answer,
    sentences: [
      `Over axis 0, the lengths of the ${count(units)} units run from ${range(zero.units)}, those of the ${count(inputs)} inputs from ${range(zero.inputs)}.`,
      `Over axis 1, those of the units run from ${range(one.units)}, those of the inputs from ${range(one.inputs)}.`,
    ],
    takeaway: [
      `Over axis 1 unit norm fixed ${words[answer]} at 1. A unit's own weights have a length of ${figure(mean, 2)} on average.`,
      answer === "inputs"
        ? "The same constraint over another axis is another constraint: it shares one length among all units. For a limit on each unit take the axis of the inputs, which is 0 in a Dense kernel."
        : "The axis decides which weights form a group. Check the norms after a run: they show which groups were held.",
    ],
  };
}

export interface TwoScores {
  score: Score;
  /** Test scores. */
  free: number;
  limited: number;
}

function change({ free, limited }: TwoScores): "better" | "same" | "worse" {
  if (Math.abs(limited - free) < CLOSE) return "same";
  return limited > free ? "better" : "worse";
}

const otherwise = {
  better: "This time the constrained network did better. That is one run: repeat it in the Lab before you believe it.",
  same: "This time it made next to no difference. That is one run: repeat it in the Lab, or tighten the limit.",
};

export function bias(scores: TwoScores, { limit }: Facts): Seen {
  const answer = change(scores);
  return {
    answer,
    sentences: [
      `Test ${scoreName(scores.score)}: ${figure(scores.free)} with free biases, ${figure(scores.limited)} with each within ${limit} of 0.`,
    ],
    takeaway:
      answer === "worse"
        ? [
            "A ReLU unit bends the curve at one place, and its bias moves that place. Near 0 the bias can only reach far with a tiny weight, which hardly bends anything.",
            "Weights set how steep a network is, biases where. Constrain kernels first, and a bias only for a reason.",
          ]
        : [otherwise[answer]],
  };
}

export function recurrent(scores: TwoScores, { limit, symbols, steps }: Facts): Seen {
  const answer = change(scores);
  const guess = symbols ? ` Guessing among ${symbols} symbols gets ${figure(1 / symbols)}.` : "";
  return {
    answer,
    sentences: [
      `Test ${scoreName(scores.score)}: ${figure(scores.free)} with free recurrent weights, ${figure(scores.limited)} with lengths of at most ${limit}.${guess}`,
    ],
    takeaway:
      answer === "worse"
        ? [
            `Recurrent weights carry the memory, and they act again at each of the ${steps} steps. Lengths well below 1 shrink it every time, until nothing is left to answer from.`,
            "A recurrent constraint keeps memory from growing without bound. Set it too low and it forgets: begin near 1.",
          ]
        : [otherwise[answer]],
  };
}

const signed = (rows: number) => (rows > 0 ? `+${rows}` : rows < 0 ? `−${-rows}` : "0");

export function repeats(gained: readonly number[], { test }: Facts): Seen {
  const n = gained.length;
  const better = gained.filter((rows) => rows > 0).length;
  const worse = gained.filter((rows) => rows < 0).length;
  const [least, most] = [Math.min(...gained), Math.max(...gained)];
  const mean = gained.reduce((sum, rows) => sum + rows, 0) / n;
  const answer = better === n ? "all" : better > 0.75 * n ? "most" : better < 0.25 * n ? "few" : "mixed";
  return {
    answer,
    sentences: [
      `Unit norm got more of the ${count(test)} test rows right on ${plural(better, "draw")}, fewer on ${count(worse)}, as many on ${count(n - better - worse)}.`,
      `The difference runs from ${signed(least)} to ${signed(most)} rows; its mean is ${mean > 0 ? "+" : ""}${figure(mean, 1)}.`,
    ],
    takeaway:
      better && worse
        ? [
            `With one draw alone you could have reported a gain of ${plural(most, "row")} or a loss of ${plural(-least, "row")}, and both would have been true.`,
            "So repeat on many draws and look at all of them. The verdict of an experiment does that, and says when it is too early.",
          ]
        : [
            "This time no two draws disagree about which arm is better. One of them alone could not have told you that.",
            "Only repeats show how far a result holds. The verdict of an experiment counts them for you.",
          ],
  };
}
