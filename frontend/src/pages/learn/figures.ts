/** Figures that the lessons speak of, read from their experiments. */
import type { ExperimentView } from "../../api/types";
import type { ArmState } from "../../state/arms";
import type { RunState } from "../../state/fold";
import { type Frames, frameOf } from "../../state/frames";

/** Settings that a lesson's texts name. */
export interface Facts {
  train: number;
  test: number;
  epochs: number;
  units: number;
  /** Draws of the rows; 1 without. */
  draws: number;
  /** Classes that a guess chooses from; null where the data set doesn't say. */
  symbols: number | null;
  steps: number | null;
  /** The greatest length or value that an arm's constraint allows; null without one. */
  limit: number | null;
}

type Posted = ExperimentView["experiment"];

const numberIn = (value: unknown): number | null => (typeof value === "number" ? value : null);

/** The first `max_value` anywhere in the arms' changes. */
function limitIn(value: unknown): number | null {
  if (typeof value !== "object" || value === null) return null;
  for (const [field, inside] of Object.entries(value)) {
    const found = field === "max_value" ? numberIn(inside) : limitIn(inside);
    if (found !== null) return found;
  }
  return null;
}

export function factsOf({ dataset, split, network, training, arms }: Posted): Facts {
  const drawn = dataset as { n_samples?: unknown; symbols?: unknown; steps?: unknown };
  const layer = network.layers?.[0] as { units?: unknown } | undefined;
  const train = numberIn(split?.train) ?? 0;
  return {
    train,
    test: (numberIn(drawn.n_samples) ?? train) - train,
    epochs: training?.epochs ?? 0,
    units: numberIn(layer?.units) ?? 0,
    draws: split?.draws ?? 1,
    symbols: numberIn(drawn.symbols),
    steps: numberIn(drawn.steps),
    limit: limitIn(arms),
  };
}

export interface LossPath {
  first: number;
  lowest: number;
  /** The epoch of the lowest. */
  lowestAt: number;
  last: number;
  trainLast: number;
  trainScore: number;
  testScore: number;
}

/** The way of a run's losses; null before it has finished. */
export function lossPath(run: Pick<RunState, "curves" | "figures"> | undefined): LossPath | null {
  const { curves, figures } = run ?? {};
  if (!curves || !figures) return null;
  const [epoch, test] = [curves.epoch.view(), curves.test_loss.view()];
  const { train_loss, test_loss, train_score, test_score } = figures;
  if (test.length === 0 || train_loss === null || test_loss === null || train_score === null || test_score === null) {
    return null;
  }
  let at = 0;
  for (let i = 0; i < test.length; i++) if ((test[i] as number) < (test[at] as number)) at = i;
  return {
    first: test[0] as number,
    lowest: test[at] as number,
    lowestAt: epoch[at] as number,
    last: test_loss,
    trainLast: train_loss,
    trainScore: train_score,
    testScore: test_score,
  };
}

export interface Lengths {
  epoch: number;
  /** Length of the weights that lead into each unit. */
  units: number[];
  /** Length of the weights that lead out of each input. */
  inputs: number[];
}

/** Lengths of a kernel's weights both ways, at the newest frame; null where the frames hold no whole kernel of two inputs. */
export function lengthsOf(frames: Frames | null): Lengths | null {
  const { geometry, epoch = [] } = frames ?? {};
  const last = epoch.length - 1;
  if (geometry?.kind !== "plane" || geometry.shown !== geometry.units || last < 0) return null;
  const kernel = frameOf(geometry.values, last, 2 * geometry.shown);
  const pairs = Array.from({ length: geometry.shown }, (_, i) => [
    kernel[2 * i] as number,
    kernel[2 * i + 1] as number,
  ]);
  return {
    epoch: epoch[last] as number,
    units: pairs.map(([x = 0, y = 0]) => Math.hypot(x, y)),
    inputs: [0, 1].map((input) => Math.hypot(...pairs.map((pair) => pair[input] as number))),
  };
}

/** Test rows that the second arm got right more than the first, draw by draw, for draws on which both have finished. */
export function rowsGained([first, second]: readonly Pick<ArmState, "runs">[], rows: number): number[] {
  const scores = new Map(first?.runs.map((run) => [`${run.draw} ${run.seed}`, run.figures?.test_score ?? null]));
  return (second?.runs ?? []).flatMap((run) => {
    const before = scores.get(`${run.draw} ${run.seed}`) ?? null;
    const after = run.figures?.test_score ?? null;
    return before === null || after === null ? [] : [Math.round((after - before) * rows)];
  });
}
