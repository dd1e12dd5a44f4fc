import createClient, { type Middleware } from "openapi-fetch";
import { fetchOrTake } from "./early";
import type { RunRef } from "./events";
import { ApiError } from "./problem";
import type { components, paths } from "./schema";
import type { ExportFormat } from "./types";

export const UNREACHABLE = "The lab does not answer. Check that it is running, then try again.";

/** The error that a refused call stands for, from its problem document where it has one. */
export async function errorFrom(response: Response): Promise<ApiError> {
  const { status, headers } = response;
  // A proxy in between answers 502 or 504 where the lab is down.
  if ([502, 504].includes(status)) return new ApiError(UNREACHABLE, status);
  if (!headers.get("Content-Type")?.startsWith("application/problem+json")) {
    return new ApiError(`The lab answered ${status}.`, status);
  }
  const { detail, errors }: components["schemas"]["ProblemBody"] = await response.json();
  return new ApiError(detail, status, errors ?? []);
}

/** Lets every call that fails throw an `ApiError`. An aborted call throws what `fetch` threw. */
export const throwing: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await errorFrom(response);
  },
  onError({ request }) {
    return request.signal.aborted ? undefined : new ApiError(UNREACHABLE, 0);
  },
};

/** Calls of the API, typed by its OpenAPI schema. */
export const client = createClient<paths>({ fetch: fetchOrTake });
client.use(throwing);

/** The payload of a call of `client` that answers with one. */
export async function payload<T>(call: Promise<{ data?: T }>): Promise<NonNullable<T>> {
  const { data } = await call;
  if (data === undefined || data === null) throw new ApiError("The lab sent an empty answer. Try again.", 500);
  return data;
}

/** A draft as the body of a call: its fields may hold nonsense, which the lab finds and locates. */
export function unchecked<T>(draft: unknown): T {
  return draft as T;
}

const addressOf = (id: string) => `/api/experiments/${encodeURIComponent(id)}`;

export function eventsAddress(id: string, after: string): string {
  return `${addressOf(id)}/events?${new URLSearchParams({ after })}`;
}

/** Address of an export; of one arm, where given and the format takes one. */
export function exportAddress(id: string, format: ExportFormat["name"], arm?: string): string {
  return `${addressOf(id)}/export/${format}${arm === undefined ? "" : `?${new URLSearchParams({ arm })}`}`;
}

/** Address of a run's predictions as CSV. */
export function predictionsAddress(id: string, { arm, seed, draw }: RunRef, set: string, show: string): string {
  const query = new URLSearchParams({ set, show });
  if (draw !== null && draw !== undefined) query.set("draw", String(draw));
  return `${addressOf(id)}/runs/${encodeURIComponent(arm)}/${seed}/predictions.csv?${query}`;
}

/** Address of an export of a suite. */
export function suiteExportAddress(id: string, format: "report.html" | "table.csv" | "suite.json"): string {
  return `/api/suites/${encodeURIComponent(id)}/export/${format}`;
}
