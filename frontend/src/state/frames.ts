import type { FeasibleSet, FramePoints, WrittenFrames } from "../api/types";

/** The bytes of a base64 text. */
function bytesOf(packed: string): Uint8Array<ArrayBuffer> {
  const text = atob(packed);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Little-endian float32 numbers, whatever the machine's own order is. */
function floatsOf(packed: string): Float32Array {
  const bytes = bytesOf(packed);
  if (LITTLE) return new Float32Array(bytes.buffer);
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

interface GeometryHead {
  layer: string;
  weight: string;
  units: number;
  shown: number;
  inputs: number;
  /** The constraint in words. */
  words: string | null;
  /** Sets whose intersection the constraint allows, on the plane of a unit's two weights; none where that is unknown. */
  feasible: readonly FeasibleSet[];
  /** Smallest and largest norm allowed; null: any. */
  limits: readonly (number | null)[];
  /** (epochs, shown, 2): in the plane the two weights, else degrees turned since the beginning and norm. */
  values: Float32Array;
}

export interface Plane extends GeometryHead {
  kind: "plane";
}

export interface Images {
  height: number;
  width: number;
  channels: number;
  /** (epochs, shown, height, width, channels). */
  values: Float32Array;
}

export interface Wide extends GeometryHead {
  kind: "wide";
  /** (epochs, shown, 2): along the first two principal components. */
  components: Float32Array;
  /** Shares of the variance. */
  explained: readonly [number, number];
  images: Images | null;
}

export type Geometry = Plane | Wide;

interface Prediction {
  x: readonly [number, number];
  columns: number;
  /** For each epoch, what the least and the greatest value stand for. */
  low: readonly number[];
  high: readonly number[];
}

export interface BoundaryMap extends Prediction {
  kind: "plane";
  y: readonly [number, number];
  rows: number;
  /** 2 for a probability, more for class numbers, 0 for a predicted number. */
  classes: number;
  /** (epochs, rows, columns), the lowest row first. */
  values: Uint8Array;
}

export interface BoundaryCurve extends Prediction {
  kind: "curve";
  /** (epochs, columns). */
  values: Float32Array;
}

interface UnitNorms {
  layer: string;
  weight: string;
  groups: number;
  shown: number;
  /** (epochs, shown). */
  values: Float32Array;
}

/** The frames of an arm's first seed, unpacked. */
export interface Frames {
  arm: string;
  seed: number;
  epoch: readonly number[];
  norms: readonly UnitNorms[];
  geometry: Geometry | null;
  boundary: BoundaryMap | BoundaryCurve | null;
  points: FramePoints | null;
}

function geometryOf(written: WrittenFrames["geometry"]): Geometry | null {
  if (!written) return null;
  const head = {
    ...written,
    feasible: written.feasible as FeasibleSet[],
    values: floatsOf(written.values),
  };
  if (written.kind === "plane") return { ...head, kind: "plane" };
  const { components, explained, images } = written;
  return {
    ...head,
    kind: "wide",
    components: floatsOf(components ?? ""),
    explained: [explained?.[0] ?? 0, explained?.[1] ?? 0],
    images: images ? { ...images, values: floatsOf(images.values) } : null,
  };
}

function pair(written: readonly unknown[] | null): [number, number] {
  return [Number(written?.[0] ?? 0), Number(written?.[1] ?? 1)];
}

function boundaryOf(written: WrittenFrames["boundary"]): Frames["boundary"] {
  if (!written) return null;
  const x = pair(written.x);
  if (written.kind === "curve") return { ...written, kind: "curve", x, values: floatsOf(written.values) };
  return { ...written, kind: "plane", x, y: pair(written.y), values: bytesOf(written.values) };
}

/** Unpacks an answer, once for all the frames that it holds. */
export function framesOf(view: WrittenFrames): Frames {
  return {
    ...view,
    norms: view.norms.map((each) => ({ ...each, values: floatsOf(each.values) })),
    geometry: geometryOf(view.geometry),
    boundary: boundaryOf(view.boundary),
  };
}

/** Frame `index` of `values`, `size` numbers a frame: a view that must not be written to. */
export function frameOf<T extends Float32Array | Uint8Array>(values: T, index: number, size: number): T {
  return values.subarray(index * size, (index + 1) * size) as T;
}

/** All epochs of several arms' frames, each once. */
export function allEpochs(lists: readonly (readonly number[])[]): number[] {
  return [...new Set(lists.flat())].sort((a, b) => a - b);
}
