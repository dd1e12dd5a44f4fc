import { METRICS, type Metric, type RunRef } from "./events";

/** Figures of some epochs of a run. Null and NaN stand for a figure that is not finite. */
export type EpochFigures = { epoch: ArrayLike<number> } & Record<Metric, ArrayLike<number | null>>;

export interface FetchedCurves {
  runs: readonly (RunRef & { figures: EpochFigures })[];
  /** The curves are complete up to here. */
  last_event_id: string;
}

interface Header {
  metrics: string[];
  epochs: number[];
  runs: (RunRef & { epochs: number; length: number })[];
  last_event_id: string;
}

/** Bytes of each number, and of the header's length. */
const SIZE = 4;

/** The curves in the lab's binary form, which the schema describes at `/curves`. They are views of `body`, not copies. */
export function unpackCurves(body: ArrayBuffer): FetchedCurves {
  const length = new DataView(body).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(body, SIZE, length));
  const { metrics, epochs, runs, last_event_id }: Header = JSON.parse(text);
  let at = SIZE + length;
  const taken = (bytes: number) => {
    at += bytes;
    return at - bytes;
  };
  const lists = epochs.map((count) => new Int32Array(body, taken(SIZE * count), count));
  // METRICS has their order too; only the scores' names differ.
  if (metrics.length !== METRICS.length) throw new Error(`The curves have ${metrics.length} metrics`);
  const curves = runs.map(({ epochs: list, length: count, ...run }) => {
    const columns = METRICS.map((metric) => [metric, new Float32Array(body, taken(SIZE * count), count)]);
    const epoch = (lists[list] as Int32Array).subarray(0, count);
    const figures: EpochFigures = { epoch, ...Object.fromEntries(columns) };
    return { ...run, figures: knownFigures(figures, metrics.includes("train_r2")) };
  });
  return { runs: curves, last_event_id };
}

/** `figures` without scores where there is no loss: Keras reports an r² of 0 where the error is infinite. */
export function knownFigures(figures: EpochFigures, isRegression: boolean): EpochFigures {
  if (!isRegression) return figures;
  const known = (scores: ArrayLike<number | null>, losses: ArrayLike<number | null>) =>
    Array.from(scores, (score, i) => (Number.isFinite(losses[i]) ? score : null));
  const { train_score, test_score, train_loss, test_loss } = figures;
  return { ...figures, train_score: known(train_score, train_loss), test_score: known(test_score, test_loss) };
}
