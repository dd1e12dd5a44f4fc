/** The lessons: what each asks, and the experiment that answers. */
import { count } from "../../format";
import type { Facts } from "./figures";

interface Option {
  id: string;
  text: string;
}

export interface Lesson {
  /** Its name in the address. */
  id: string;
  /** Name of the preset that it runs. */
  preset: string;
  title: string;
  /** The idea, in a line. */
  summary: string;
  /** What is about to happen, with the experiment's own settings. */
  scene: (facts: Facts) => readonly string[];
  question: string;
  options: (facts: Facts) => readonly Option[];
}

const CHANGE: readonly Option[] = [
  { id: "better", text: "It gets better" },
  { id: "same", text: "It stays about the same" },
  { id: "worse", text: "It gets worse" },
];

export const LESSONS: readonly Lesson[] = [
  {
    id: "overfitting",
    preset: "lesson-overfitting",
    title: "Why networks overfit",
    summary: "Getting better at the rows one knows can mean getting worse at all others.",
    scene: ({ train, test, epochs, units }) => [
      `A network of ${count(units)} hidden units sees ${count(train)} noisy points for ${count(epochs)} epochs. After each epoch it is also tested on ${count(test)} points that it never trains on.`,
      "Its loss says how wrong it is, and how sure of it. On the points that it trains on, the loss will fall.",
    ],
    question: "What will the loss do on the points that it never trains on?",
    options: () => [
      { id: "falls", text: "It falls too, and stays down" },
      { id: "rises", text: "It falls at first, then rises again" },
      { id: "flat", text: "It hardly moves" },
    ],
  },
  {
    id: "norms",
    preset: "lesson-norms",
    title: "Max norm and unit norm",
    summary: "One is a ceiling for the length of a unit’s weights, the other fixes it.",
    scene: ({ units, limit }) => [
      `The weights that lead into a unit have a length, as an arrow has: their norm. The same network of ${count(units)} hidden units is trained three times: free, with max norm ${limit}, and with unit norm.`,
    ],
    question: "How long will the units’ weights be under max norm?",
    options: ({ limit }) => [
      { id: "exact", text: `All exactly ${limit}` },
      { id: "below", text: `Some ${limit}, the others shorter` },
      { id: "any", text: `Some longer than ${limit}: only their average is limited` },
    ],
  },
  {
    id: "axis",
    preset: "lesson-axis",
    title: "Which axis",
    summary: "The axis says which weights form a group. Another axis is another constraint.",
    scene: ({ units }) => [
      `A Dense kernel is a table: a row for each input, a column for each unit. Here it has 2 rows and ${count(units)} columns. Over axis 0, Keras’ default, unit norm takes the length of each column: the weights that lead into one unit.`,
      "Now we set axis to 1 and train again.",
    ],
    question: "What will have a length of 1 over axis 1?",
    options: ({ units }) => [
      { id: "units", text: "Each unit’s 2 weights, as before" },
      { id: "inputs", text: `Each input’s ${count(units)} weights together` },
      { id: "both", text: "Both" },
    ],
  },
  {
    id: "bias",
    preset: "lesson-bias",
    title: "Constraining the bias",
    summary: "A limit on biases takes away more than it seems to.",
    scene: ({ train, units, limit }) => [
      `A network of ${count(units)} hidden units fits a wave through ${count(train)} noisy points. Then again, with each hidden bias held within ${limit} of 0. The kernels are free both times.`,
    ],
    question: "What does the limit do to r² on the test rows? (1 is perfect, 0 no better than the mean.)",
    options: () => CHANGE,
  },
  {
    id: "recurrent",
    preset: "lesson-recurrent",
    title: "Recurrent weights",
    summary: "They act again at each step, so a limit on them acts again, too.",
    scene: ({ units, steps, symbols, limit }) => [
      `A recurrent network of ${count(units)} units reads ${steps} steps. Only the first shows one of ${symbols} symbols; the rest is noise. At the end it must name the symbol.`,
      `Its recurrent weights carry what it remembers from step to step. We train it with these free, and with each unit’s at a length of at most ${limit}.`,
    ],
    question: "What does the limit do to its accuracy on new sequences?",
    options: () => CHANGE,
  },
  {
    id: "repeats",
    preset: "lesson-repeats",
    title: "One run proves nothing",
    summary: "The same comparison on other rows may answer otherwise.",
    scene: ({ draws, train, test }) => [
      `We draw ${count(train)} training rows and ${count(test)} test rows of the same two moons, ${count(draws)} times. On each draw we train a free network and one with unit norm, from the same initial weights.`,
    ],
    question: "On how many of the draws will unit norm get more test rows right?",
    options: ({ draws }) => [
      { id: "all", text: `On all ${count(draws)}` },
      { id: "most", text: "On more than three quarters of them" },
      { id: "mixed", text: "On a quarter to three quarters" },
      { id: "few", text: "On less than a quarter" },
    ],
  },
];
