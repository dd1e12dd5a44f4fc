import { roomFor } from "../../charts/drawing";
import { type Frames, frameOf, type Images, type Plane } from "../../state/frames";
import { hasHole, setExtent } from "./feasible";

/** Numbers of one frame, and the next one's, and how far between them: 0 at the first. */
function between(
  values: Float32Array,
  frames: number,
  place: number,
  size: number,
): [Float32Array, Float32Array, number] {
  const index = Math.min(frames - 1, Math.max(0, Math.floor(place)));
  const next = Math.min(frames - 1, index + 1);
  return [frameOf(values, index, size), frameOf(values, next, size), place - index];
}

/**
 * Points (x, y, x, y, …) at `place` among the frames. Between two frames they are drawn on the way from one to the
 * other, so that the eye can follow each; what was computed is at the frames.
 */
export function pointsAt(
  values: Float32Array,
  frames: number,
  shown: number,
  place: number,
  around = false,
): Float32Array {
  const [from, to, share] = between(values, frames, place, 2 * shown);
  if (share === 0) return from;
  const points = new Float32Array(2 * shown);
  for (let i = 0; i < 2 * shown; i += 2) {
    const [x0, y0, x1, y1] = [from[i] as number, from[i + 1] as number, to[i] as number, to[i + 1] as number];
    if (!around) {
      points[i] = x0 + share * (x1 - x0);
      points[i + 1] = y0 + share * (y1 - y0);
      continue;
    }
    const norm = Math.hypot(x0, y0) * (1 - share) + Math.hypot(x1, y1) * share;
    const start = Math.atan2(y0, x0);
    const turn = Math.atan2(x0 * y1 - y0 * x1, x0 * x1 + y0 * y1);
    points[i] = norm * Math.cos(start + share * turn);
    points[i + 1] = norm * Math.sin(start + share * turn);
  }
  return points;
}

/** The units' weights at `place`, for a layer of two inputs; around the origin where straight ways would leave a set. */
export function unitsAt({ values, shown, feasible }: Plane, frames: number, place: number): Float32Array {
  return pointsAt(values, frames, shown, place, feasible.some(hasHole));
}

function greatest(values: Float32Array): number {
  let largest = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > largest) largest = size; // not Math.max: weights that diverged are NaN
  }
  return largest;
}

/** A set further out than this, as a multiple of the farthest point, is not made room for. */
const FAR = 2;

/** Half the width of the square that all arms' planes share: room for every unit at any time, and for near limits. */
export function planeExtent(all: readonly Frames[]): number {
  const planes = all.flatMap(({ geometry }) => (geometry?.kind === "plane" ? [geometry] : []));
  const points = Math.max(0, ...planes.map(({ values }) => greatest(values)));
  const sets = planes.flatMap(({ feasible }) => feasible.map(setExtent));
  return roomFor(Math.max(points, ...sets.filter((extent) => extent <= FAR * points)));
}

/** Axes that the norm-and-angle and component charts of all arms share. */
export function wideExtent(all: readonly Frames[]): { angle: number; norm: number; component: number } {
  const wide = all.flatMap(({ geometry }) => (geometry?.kind === "wide" ? [geometry] : []));
  const part = (offset: 0 | 1) =>
    Math.max(0, ...wide.map(({ values }) => greatest(values.filter((_, i) => i % 2 === offset))));
  return {
    angle: Math.min(180, Math.max(10, Math.ceil((part(0) * 1.02) / 10) * 10)),
    norm: roomFor(part(1)),
    component: roomFor(Math.max(0, ...wide.map(({ components }) => greatest(components)))),
  };
}

/** The greatest size of any value of the images of all arms: where their colours end. */
export function imageExtent(all: readonly Frames[]): number {
  const images = all.flatMap(({ geometry }) => (geometry?.kind === "wide" && geometry.images ? [geometry.images] : []));
  return Math.max(0, ...images.map(({ values }) => greatest(values))) || 1;
}

/** Blue below zero, red above, the ground's colour at it: [red, green, blue] of each end (ColorBrewer's RdBu). */
const ENDS = { below: [33, 102, 172], above: [178, 24, 43] } as const;

/** Pixels of image `unit` of frame `frame`, red, green, blue and opacity for each. */
export function imagePixels(
  { height, width, channels, values }: Images,
  shown: number,
  frame: number,
  unit: number,
  extent: number,
): Uint8ClampedArray<ArrayBuffer> {
  const size = height * width * channels;
  const of = frameOf(frameOf(values, frame, shown * size), unit, size);
  const pixels = new Uint8ClampedArray(4 * height * width);
  for (let i = 0; i < height * width; i++) {
    const at = (channel: number) => (of[i * channels + channel] as number) / extent;
    if (channels === 3) {
      for (let colour = 0; colour < 3; colour++) pixels[4 * i + colour] = 127.5 * (1 + at(colour));
      pixels[4 * i + 3] = 255;
      continue;
    }
    let value = 0;
    for (let channel = 0; channel < channels; channel++) value += at(channel) / channels;
    pixels.set(value < 0 ? ENDS.below : ENDS.above, 4 * i);
    pixels[4 * i + 3] = 255 * Math.min(1, Math.abs(value));
  }
  return pixels;
}

/** Extents of the axes, shared by all arms. */
export interface WeightExtents {
  plane: number;
  wide: { angle: number; norm: number; component: number };
  image: number;
}
