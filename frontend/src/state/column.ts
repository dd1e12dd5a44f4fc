/**
 * A list of numbers that only grows. Appending gives a new column and leaves the old one as it was, yet copies nothing
 * in the usual case: both look at one buffer, each up to its own length.
 */
export class Column {
  private constructor(
    private readonly store: { data: Float64Array; used: number },
    readonly length: number,
  ) {}

  static readonly empty = new Column({ data: new Float64Array(0), used: 0 }, 0);

  /** A column of `values`; null (a figure that is not finite) becomes NaN. */
  static of(values: ArrayLike<number | null>): Column {
    return Column.empty.append(values, 0);
  }

  /** This column followed by `values` from index `from` on. */
  append(values: ArrayLike<number | null>, from = 0): Column {
    const count = values.length - from;
    if (count <= 0) return this;
    const length = this.length + count;
    let store = this.store;
    // Someone else has already grown the shared buffer, or it is full: go on in one of our own.
    if (store.used !== this.length || length > store.data.length) {
      const data = new Float64Array(Math.max(64, length, 2 * this.length));
      data.set(this.store.data.subarray(0, this.length));
      store = { data, used: this.length };
    }
    for (let i = 0; i < count; i++) store.data[this.length + i] = values[from + i] ?? Number.NaN;
    store.used = length;
    return new Column(store, length);
  }

  /** The value at `index`; NaN outside. */
  at(index: number): number {
    return index >= 0 && index < this.length ? (this.store.data[index] as number) : Number.NaN;
  }

  get last(): number {
    return this.at(this.length - 1);
  }

  /** All values, without copying. Not to be written to. */
  view(): Float64Array {
    return this.store.data.subarray(0, this.length);
  }
}

/** Index of the first value of `ascending` that is not below `value`; its length where there is none. */
export function lowerBound(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
