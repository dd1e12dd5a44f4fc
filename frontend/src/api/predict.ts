import { client, payload, unchecked } from "./client";
import type { RunRef } from "./events";
import type { NewPredictions } from "./types";
import { uploadFile } from "./upload";

const PATH = "/api/experiments/{experiment}/runs/{arm}/{seed}/predict";

/** Uploads a file; gives its id. */
export async function uploaded(file: File): Promise<string> {
  return (await uploadFile(file, () => {}, new AbortController().signal)).id;
}

function paramsOf(experiment: string, { arm, seed, draw }: RunRef) {
  return { path: { experiment, arm, seed }, query: draw === null || draw === undefined ? {} : { draw } };
}

/** Predictions of a run's trained model for the rows of an uploaded file. */
export async function predict(experiment: string, run: RunRef, file: string): Promise<NewPredictions> {
  const answer = await payload(client.POST(PATH, { params: paramsOf(experiment, run), body: { file } }));
  return unchecked(answer); // it may also be CSV, which is not asked for here
}

/** The predictions as CSV. */
export function predictCsv(experiment: string, run: RunRef, file: string): Promise<Blob> {
  const { path, query } = paramsOf(experiment, run);
  const params = { path, query: { ...query, format: "csv" as const } };
  return payload(client.POST(PATH, { params, body: { file }, parseAs: "blob" }));
}
