/** States that tests share. */
import type { WrittenFrames } from "../api/types";
import { Column } from "./column";
import type { RunState } from "./fold";

/** A run that has reached the epochs given, the first ones where none are. */
export function run(seed: number, train: (number | null)[], test: (number | null)[], epochs?: number[]): RunState {
  const epoch = Column.of(epochs ?? train.map((_, i) => i + 1));
  const [trained, tested] = [Column.of(train), Column.of(test)];
  return {
    arm: "unit norm",
    draw: null,
    seed,
    status: "running",
    epochsDone: epoch.length,
    epochs: 10,
    curves: { epoch, train_score: trained, test_score: tested, train_loss: trained, test_loss: tested },
    figures: null,
    seconds: null,
    error: null,
    log: null,
    weights: null,
    metrics: null,
    bestEpoch: null,
    divergedAt: null,
  };
}

const packed = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

export const floats = (values: number[]) => packed(new Uint8Array(Float32Array.from(values).buffer));

export const geometry: WrittenFrames["geometry"] & object = {
  kind: "plane",
  layer: "hidden",
  weight: "kernel",
  units: 2,
  shown: 2,
  inputs: 2,
  constraint: { kind: "unit_norm", axis: null },
  words: "unit norm, each unit",
  feasible: [{ shape: "ring", inner: 1, outer: 1 }],
  limits: [1, 1],
  values: floats([1, 0, 0, -1, 0, 1, 0, 1]),
};

export const frames: WrittenFrames = {
  arm: "unit norm",
  seed: 1,
  last_event_id: "1-0",
  epoch: [0, 1],
  norms: [{ layer: "hidden", weight: "kernel", groups: 2, shown: 2, values: floats([1, 1, 0.5, 2]) }],
  geometry,
  boundary: {
    kind: "plane",
    x: [0, 1],
    y: [0, 1],
    columns: 2,
    rows: 1,
    classes: 2,
    low: [0, 0],
    high: [1, 1],
    values: packed(Uint8Array.of(0, 255, 128, 7)),
  },
  points: null,
};
