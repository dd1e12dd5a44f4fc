import { classColour, targetColour } from "../../charts/palette";
import type { Scheme } from "../../ui/scheme";

/** Pieces of a contour: x, y of one end and of the other, in columns and rows of the grid. */
export type Segments = number[];

/**
 * Contour at `level` of a field on a grid, by marching squares: each cell's crossing is straight, at the places that
 * linear interpolation along its sides gives. `values` has `columns` numbers a row.
 */
export function contour(values: ArrayLike<number>, columns: number, rows: number, level: number): Segments {
  const segments: Segments = [];
  const at = (row: number, column: number) => (values[row * columns + column] as number) - level;
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const a = at(row, column);
      const b = at(row, column + 1);
      const c = at(row + 1, column + 1);
      const d = at(row + 1, column);
      const crossings: [number, number][] = [];
      if (a < 0 !== b < 0) crossings.push([column + a / (a - b), row]);
      if (b < 0 !== c < 0) crossings.push([column + 1, row + b / (b - c)]);
      if (d < 0 !== c < 0) crossings.push([column + d / (d - c), row + 1]);
      if (a < 0 !== d < 0) crossings.push([column, row + a / (a - d)]);
      const [first, second, third, fourth] = crossings;
      if (!first || !second) continue;
      if (!third || !fourth) {
        segments.push(...first, ...second);
        continue;
      }
      // A saddle: the middle decides which corners belong together.
      if (a + b + c + d < 0 === a < 0) segments.push(...first, ...second, ...third, ...fourth);
      else segments.push(...first, ...fourth, ...second, ...third);
    }
  }
  return segments;
}

/** Sides between cells of different classes, in columns and rows of the grid. */
export function borders(values: ArrayLike<number>, columns: number, rows: number): Segments {
  const segments: Segments = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const here = values[row * columns + column];
      if (column + 1 < columns && values[row * columns + column + 1] !== here) {
        segments.push(column + 0.5, row - 0.5, column + 0.5, row + 0.5);
      }
      if (row + 1 < rows && values[(row + 1) * columns + column] !== here) {
        segments.push(column - 0.5, row + 0.5, column + 0.5, row + 0.5);
      }
    }
  }
  return segments;
}

function rgb(colour: string): [number, number, number] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as [number, number, number];
}

/** Opacity of a colour behind points that are to stand out from it. */
const BEHIND = 110;

export type Range = readonly [low: number, high: number];

/**
 * Colour and opacity of each of a byte's 256 values: a class, or an output from `low` at 0 to `high` at 255: a
 * probability, or a number on the scale of the targets' `range`.
 */
export function palette(
  classes: number,
  scheme: Scheme,
  [low, high]: Range = [0, 1],
  range: Range = [0, 1],
): Uint8ClampedArray<ArrayBuffer> {
  const colours = new Uint8ClampedArray(4 * 256);
  for (let value = 0; value < 256; value++) {
    const output = low + (value / 255) * (high - low);
    if (classes === 2) {
      const share = 2 * output - 1;
      colours.set(rgb(classColour(share < 0 ? 0 : 1, scheme)), 4 * value);
      colours[4 * value + 3] = (BEHIND + 30) * Math.abs(share);
    } else if (classes > 2) {
      colours.set(rgb(classColour(value, scheme)), 4 * value);
      colours[4 * value + 3] = BEHIND;
    } else {
      colours.set(rgb(targetColour(output, range, scheme)), 4 * value);
      colours[4 * value + 3] = 170;
    }
  }
  return colours;
}

/** Pixels of one frame, the highest row first as screens have it. */
export function mapPixels(
  values: Uint8Array,
  columns: number,
  rows: number,
  colours: Uint8ClampedArray,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = values[(rows - 1 - row) * columns + column] as number;
      pixels.set(colours.subarray(4 * value, 4 * value + 4), 4 * (row * columns + column));
    }
  }
  return pixels;
}
