import { lowerBound } from "../state/column";
import type { Metric } from "../state/events";
import type { RunState } from "../state/fold";

/** One arm's curve of one metric, over its seeds. */
export interface Series {
  epoch: Float64Array;
  /** Over the runs that have reached the epoch. */
  mean: Float64Array;
  /** Standard deviation (n - 1) over those runs, NaN where there is one; null for an arm of one run. */
  sd: Float64Array | null;
}

export type Family = "score" | "loss";

export interface ArmSeries {
  train: Series;
  test: Series;
}

/** `y` at `epoch`: NaN past the curve's end; between two epochs of a thinned curve, on the line that joins them. */
export function valueAt(epochs: Float64Array, y: Float64Array, epoch: number): number {
  const length = epochs.length;
  if (length === 0 || epoch > (epochs[length - 1] as number) || epoch < (epochs[0] as number)) return Number.NaN;
  const whole = epochs[length - 1] === length;
  const index = whole ? Math.ceil(epoch) - 1 : lowerBound(epochs, epoch);
  const right = epochs[index] as number;
  if (right === epoch || index === 0) return y[index] as number;
  const left = epochs[index - 1] as number;
  const share = (epoch - left) / (right - left);
  return (y[index - 1] as number) * (1 - share) + (y[index] as number) * share;
}

function seriesOf(runs: readonly RunState[], metric: Metric): Series {
  const begun = runs.filter((run) => run.curves.epoch.length > 0);
  const longest = begun.reduce<RunState | undefined>(
    (best, run) => (best && best.curves.epoch.last >= run.curves.epoch.last ? best : run),
    undefined,
  );
  if (!longest) return { epoch: new Float64Array(0), mean: new Float64Array(0), sd: null };
  const epoch = longest.curves.epoch.view();
  if (runs.length === 1) return { epoch, mean: longest.curves[metric].view(), sd: null };

  const count = new Uint16Array(epoch.length);
  const mean = new Float64Array(epoch.length);
  const squares = new Float64Array(epoch.length);
  for (const run of begun) {
    const x = run.curves.epoch.view();
    const y = run.curves[metric].view();
    for (let i = 0; i < epoch.length; i++) {
      const value = valueAt(x, y, epoch[i] as number);
      if (Number.isNaN(value)) continue;
      // Welford's running mean and sum of squares (1962): no cancellation where runs agree closely.
      const n = (count[i] as number) + 1;
      count[i] = n;
      const off = value - (mean[i] as number);
      mean[i] = (mean[i] as number) + off / n;
      squares[i] = (squares[i] as number) + off * (value - (mean[i] as number));
    }
  }
  const sd = squares.map((sum, i) =>
    (count[i] as number) > 1 ? Math.sqrt(sum / ((count[i] as number) - 1)) : Number.NaN,
  );
  for (let i = 0; i < mean.length; i++) if (count[i] === 0) mean[i] = Number.NaN;
  return { epoch, mean, sd };
}

/** Train and test curves of an arm's runs. */
export function armSeries(runs: readonly RunState[], family: Family): ArmSeries {
  return { train: seriesOf(runs, `train_${family}`), test: seriesOf(runs, `test_${family}`) };
}
