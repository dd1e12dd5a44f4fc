import type { Metric } from "../api/events";
import { lowerBound } from "../state/column";
import { type RunState, runKey } from "../state/fold";

/** Statistics over the runs that have reached each epoch, one entry an epoch. */
export interface Pool {
  count: Float64Array;
  /** NaN where no run has a figure. */
  mean: Float64Array;
  /** Sum of squared deviations from the mean. */
  squares: Float64Array;
  low: Float64Array;
  high: Float64Array;
}

export interface Line {
  epoch: Float64Array;
  y: Float64Array;
}

/** One arm's curve of one metric, over its runs. */
export interface Series {
  epoch: Float64Array;
  /** Over the runs that have reached the epoch. */
  mean: Float64Array;
  /** The runs behind the mean; null for an arm of one run. */
  pool: Pool | null;
  /** Every run's own curve. */
  lines: readonly Line[];
}

export type Family = "score" | "loss";

export interface ArmSeries {
  train: Series;
  test: Series;
}

/** Whether the curve has every epoch from the first on. Long experiments are fetched thinned. */
function isWhole(epochs: Float64Array): boolean {
  return epochs.length === 0 || epochs[epochs.length - 1] === epochs.length;
}

/** Whether the line goes further, or as far with fewer points: at those of a thinned curve a whole one has figures too. */
function isBetter({ epoch }: Line, than: Line): boolean {
  const further = (epoch.at(-1) ?? 0) - (than.epoch.at(-1) ?? 0);
  return further > 0 || (further === 0 && epoch.length < than.epoch.length);
}

/** `y` at `epoch`: NaN past the curve's end; between two epochs of a thinned curve, on the line that joins them. */
export function valueAt(epochs: Float64Array, y: Float64Array, epoch: number): number {
  const length = epochs.length;
  if (length === 0 || epoch > (epochs[length - 1] as number) || epoch < (epochs[0] as number)) return Number.NaN;
  const index = isWhole(epochs) ? Math.ceil(epoch) - 1 : lowerBound(epochs, epoch);
  const right = epochs[index] as number;
  if (right === epoch || index === 0) return y[index] as number;
  const left = epochs[index - 1] as number;
  const share = (epoch - left) / (right - left);
  return (y[index - 1] as number) * (1 - share) + (y[index] as number) * share;
}

/** The run's curve of `metric`. A score ends where the loss does: a network that diverged goes on giving one class. */
function curveOf({ curves, divergedAt }: RunState, metric: Metric): Float64Array {
  const figures = curves[metric].view();
  if (divergedAt === null || !metric.endsWith("_score")) return figures;
  const losses = curves[metric === "train_score" ? "train_loss" : "test_loss"];
  return figures.map((figure, i) => (Number.isFinite(losses.at(i)) ? figure : Number.NaN));
}

const PARTS = ["count", "mean", "squares", "low", "high"] as const;

/** A pool that values are added to. What it gives looks at the same numbers, which later values change. */
class Pooling {
  private room: Pool = emptyPool(0);
  length = 0;

  /** Adds `values` from index `from` on; they belong to the epochs at those places. */
  add(values: ArrayLike<number>, from = 0): void {
    this.reach(values.length);
    const { count, mean, squares, low, high } = this.room;
    for (let i = from; i < values.length; i++) {
      const value = values[i] as number;
      if (Number.isNaN(value)) continue;
      // Welford's running mean and sum of squares (1962): no cancellation where runs agree closely.
      const n = (count[i] as number) + 1;
      count[i] = n;
      const before = n === 1 ? 0 : (mean[i] as number);
      const off = value - before;
      const after = before + off / n;
      mean[i] = after;
      squares[i] = (squares[i] as number) + (n === 1 ? 0 : off * (value - after));
      if (!(value >= (low[i] as number))) low[i] = value;
      if (!(value <= (high[i] as number))) high[i] = value;
    }
  }

  current(): Pool {
    return Object.fromEntries(PARTS.map((part) => [part, this.room[part].subarray(0, this.length)])) as unknown as Pool;
  }

  private reach(length: number): void {
    if (length <= this.length) return;
    if (length > this.room.mean.length) {
      const grown = emptyPool(Math.max(64, length, 2 * this.room.mean.length));
      for (const part of PARTS) grown[part].set(this.room[part].subarray(0, this.length));
      this.room = grown;
    }
    this.length = length;
  }
}

function emptyPool(length: number): Pool {
  const unknown = () => new Float64Array(length).fill(Number.NaN);
  const [count, squares] = [new Float64Array(length), new Float64Array(length)];
  return { count, mean: unknown(), squares, low: unknown(), high: unknown() };
}

/**
 * Follows one metric of one arm's runs as they grow. What has been added up stays: a chunk of one run costs as much as
 * the chunk is long, however many runs and epochs there are.
 */
class Following {
  private pooling = new Pooling();
  private readonly taken = new Map<string, { length: number; last: number }>();

  constructor(private readonly metric: Metric) {}

  series(runs: readonly RunState[]): Series {
    const { metric } = this;
    const begun = runs.filter((run) => run.curves.epoch.length > 0);
    const lines = begun.map((run) => ({ epoch: run.curves.epoch.view(), y: curveOf(run, metric) }));
    const longest = lines.reduce<Line | undefined>(
      (best, line) => (best && !isBetter(line, best) ? best : line),
      undefined,
    );
    if (!longest) return { epoch: new Float64Array(0), mean: new Float64Array(0), pool: null, lines };
    const { epoch } = longest;
    if (runs.length === 1) return { epoch, mean: longest.y, pool: null, lines };
    const pool = lines.every((line) => isWhole(line.epoch)) ? this.grown(begun) : pooled(lines, epoch);
    return { epoch, mean: pool.mean, pool, lines };
  }

  private grown(begun: readonly RunState[]): Pool {
    const { metric, taken } = this;
    const follows = begun.every((run) => {
      const { length, last } = taken.get(runKey(run)) ?? { length: 0, last: Number.NaN };
      return length === 0 || Object.is(run.curves[metric].at(length - 1), last);
    });
    // Another experiment's runs, or curves that were fetched anew and are shorter: from the beginning.
    if (!follows || taken.size > begun.length) {
      taken.clear();
      this.pooling = new Pooling();
    }
    for (const run of begun) {
      const from = taken.get(runKey(run))?.length ?? 0;
      const column = run.curves[metric];
      if (column.length <= from) continue;
      this.pooling.add(curveOf(run, metric), from);
      taken.set(runKey(run), { length: column.length, last: column.last });
    }
    return this.pooling.current();
  }
}

/** Thinned curves have epochs of their own: each is read at those of the longest. */
function pooled(lines: readonly Line[], epochs: Float64Array): Pool {
  const pooling = new Pooling();
  for (const line of lines) pooling.add(epochs.map((epoch) => valueAt(line.epoch, line.y, epoch)));
  return pooling.current();
}

/** Train and test curves of one arm's runs, kept up as they grow. */
export class ArmFollowing {
  private readonly followed = new Map<Metric, Following>();

  series(runs: readonly RunState[], family: Family): ArmSeries {
    return { train: this.of(runs, `train_${family}`), test: this.of(runs, `test_${family}`) };
  }

  private of(runs: readonly RunState[], metric: Metric): Series {
    const following = this.followed.get(metric) ?? new Following(metric);
    this.followed.set(metric, following);
    return following.series(runs);
  }
}

/** Train and test curves of an arm's runs. */
export function armSeries(runs: readonly RunState[], family: Family): ArmSeries {
  return new ArmFollowing().series(runs, family);
}
