/** A dot's value on the axis, how many dots lie below it, and how many its pile has. */
export interface Dot {
  at: number;
  level: number;
  pile: number;
}

/** Values as dots; those that fall into one of so many columns over the axis lie on one another. */
export function stacked(values: readonly number[], [low, high]: readonly [number, number], columns: number): Dot[] {
  const last = columns - 1;
  const columnOf = (value: number) => Math.min(last, Math.max(0, Math.round(((value - low) / (high - low)) * last)));
  const piles = new Map<number, number[]>();
  for (const value of [...values].sort((a, b) => a - b)) {
    const column = columnOf(value);
    piles.set(column, [...(piles.get(column) ?? []), value]);
  }
  return [...piles.values()].flatMap((pile) => pile.map((at, level) => ({ at, level, pile: pile.length })));
}
