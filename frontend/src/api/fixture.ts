/** Curves as the lab packs them, for tests. */
import type { FetchedCurves } from "./curves";
import { METRICS } from "./events";
import type { Score } from "./types";

export function packedCurves({ runs, last_event_id }: FetchedCurves, score: Score = "accuracy"): ArrayBuffer {
  const header = JSON.stringify({
    metrics: [`train_${score}`, `test_${score}`, "train_loss", "test_loss"],
    epochs: runs.map(({ figures }) => figures.epoch.length),
    runs: runs.map(({ figures, ...run }, i) => ({ ...run, epochs: i, length: figures.epoch.length })),
    last_event_id,
  });
  const text = new TextEncoder().encode(header);
  const padded = new Uint8Array(Math.ceil(text.length / 4) * 4).fill(32);
  padded.set(text);
  const bytes = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const numbers = runs.flatMap(({ figures }) =>
    METRICS.map((metric) => Float32Array.from(Array.from(figures[metric], (figure) => figure ?? Number.NaN))),
  );
  const epochs = runs.map(({ figures }) => Int32Array.from(figures.epoch));
  const parts = [Uint32Array.of(padded.length), padded, ...epochs, ...numbers].map(bytes);
  return Uint8Array.from(parts.flatMap((part) => [...part])).buffer;
}
