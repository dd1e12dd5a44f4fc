/**
 * Running mean of `y` over `window` epochs around each: of those that the curve has there, so over fewer at its ends.
 * `epochs` ascends. Where `y` has a hole, so has the mean.
 */
export function runningMean(epochs: Float64Array, y: Float64Array, window: number): Float64Array {
  const half = (window - 1) / 2;
  const length = epochs.length;
  const mean = new Float64Array(length);
  let from = 0;
  let to = 0;
  let sum = 0;
  let known = 0;
  const add = (value: number, sign: 1 | -1) => {
    if (Number.isNaN(value)) return;
    sum += sign * value;
    known += sign;
  };
  for (let i = 0; i < length; i++) {
    const epoch = epochs[i] as number;
    for (; to < length && (epochs[to] as number) <= epoch + half; to++) add(y[to] as number, 1);
    for (; (epochs[from] as number) < epoch - half; from++) add(y[from] as number, -1);
    mean[i] = Number.isNaN(y[i]) ? Number.NaN : sum / known;
  }
  return mean;
}
