import {
  infiniteQueryOptions,
  keepPreviousData,
  MutationCache,
  QueryCache,
  QueryClient,
  queryOptions,
} from "@tanstack/react-query";
import type { Entry, Fields } from "../api/catalog";
import { client, payload, unchecked } from "../api/client";
import type { RunRef } from "../api/events";
import { ApiError } from "../api/problem";
import { type ExperimentView, isTable, type Status } from "../api/types";
import { framesOf } from "./frames";
import { normsOf } from "./norms";
import { isClosed } from "./status";

const LONGEST_RETRY_MS = 8_000;
const SYSTEM_MS = 2_000;
const WAITING_MS = 2_000;
const SUITE_MS = 2_000;
const ENDED_SUITE_MS = 10_000;
const PAGE_SIZE = 30;
const PREVIEWS_KEPT_MS = 60_000;
const ROWS_KEPT_MS = 300_000;

/** Which of a run's rows are asked for. */
export interface RowsAsked {
  set: "test" | "holdout";
  show: "wrong" | "worse" | "better" | "all";
  cursor: string;
}

/** Whether the same call may succeed later. A refusal stays one. */
function isTemporary(error: Error): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500);
}

/** Shows a fault of the page itself in the console. What the lab says is shown where it was asked. */
function onError(error: Error): void {
  if (!(error instanceof ApiError)) reportError(error);
}

/**
 * The answers of the lab. What events outdate is refetched by `Refresher`; the rest says itself when it is stale. A lab
 * on the same machine answers without a network, so being offline pauses nothing.
 */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      networkMode: "always",
      staleTime: Number.POSITIVE_INFINITY,
      retry: (_, error) => isTemporary(error),
      retryDelay: (failures) => Math.min(LONGEST_RETRY_MS, 1000 * 2 ** failures),
    },
    mutations: { networkMode: "always" },
  },
});

export const keys = {
  /** All lists of experiments. */
  experiments: ["experiments"],
  /** All lists of suites. */
  suites: ["suites"],
  /** All queries of one suite. */
  suite: (id: string) => ["suite", id],
  /** All queries of one experiment. */
  experiment: (id: string) => ["experiment", id],
  /** All queries of its arms' frames. */
  allFrames: (id: string) => ["experiment", id, "frames"],
};

/** Options of a query of one experiment: kept until `forgetExperiment`, and asked only once it has an id. */
function ofExperiment(id: string, ...what: string[]) {
  return {
    queryKey: [...keys.experiment(id), ...what],
    enabled: id !== "",
    gcTime: Number.POSITIVE_INFINITY,
  };
}

const suitePath = (suite: string) => ({ path: { suite } });
const path = (experiment: string) => ({ path: { experiment } });

/** All uploaded files, newest first. */
const uploadedFiles = queryOptions({
  queryKey: ["files"],
  queryFn: async ({ signal }) => (await payload(client.GET("/api/datasets/files", { signal }))).files,
  staleTime: 0,
});

export const queries = {
  preset: (name: string) =>
    queryOptions({
      queryKey: ["preset", name],
      queryFn: ({ signal }) => payload(client.GET("/api/presets/{name}", { params: { path: { name } }, signal })),
    }),
  /** Uploaded tables, newest first. */
  files: queryOptions({ ...uploadedFiles, select: (files) => files.filter(isTable) }),
  /** Uploaded arrays and pictures, newest first. */
  arrayFiles: queryOptions({ ...uploadedFiles, select: (files) => files.filter((file) => !isTable(file)) }),
  /** The rows of a data set, with the data set. Without a sample they may come later: the data is being downloaded. */
  preview: (dataset: Entry, split: Fields) =>
    queryOptions({
      queryKey: ["preview", dataset, split],
      queryFn: async ({ signal }) => {
        const body = unchecked<never>({ dataset, split });
        return { dataset, preview: await payload(client.POST("/api/datasets/preview", { body, signal })) };
      },
      staleTime: ({ state }) => (state.data?.preview.message ? 0 : Number.POSITIVE_INFINITY),
      gcTime: PREVIEWS_KEPT_MS,
    }),
  experiments: (q: string, status: Status | null) =>
    infiniteQueryOptions({
      queryKey: [...keys.experiments, q, status],
      queryFn: ({ pageParam: cursor, signal }) => {
        const query = { q, status, limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) };
        return payload(client.GET("/api/experiments", { params: { query }, signal }));
      },
      initialPageParam: "",
      getNextPageParam: ({ next_cursor }) => next_cursor,
      placeholderData: keepPreviousData,
      staleTime: 0,
    }),
  suites: infiniteQueryOptions({
    queryKey: keys.suites,
    queryFn: ({ pageParam: cursor, signal }) => {
      const query = { limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) };
      return payload(client.GET("/api/suites", { params: { query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: ({ next_cursor }) => next_cursor,
    staleTime: 0,
  }),
  /** The check of a suite that is being put together. */
  suiteCheck: (suite: Fields) =>
    queryOptions({
      queryKey: ["suite-check", suite],
      queryFn: ({ signal }) => payload(client.POST("/api/suites/check", { body: unchecked<never>(suite), signal })),
      placeholderData: keepPreviousData,
      gcTime: PREVIEWS_KEPT_MS,
    }),
  /** The check of an experiment that is being put together. */
  check: (experiment: object) =>
    queryOptions({
      queryKey: ["check", experiment],
      queryFn: ({ signal }) =>
        payload(client.POST("/api/experiments/check", { body: unchecked<never>(experiment), signal })),
      placeholderData: keepPreviousData,
      gcTime: PREVIEWS_KEPT_MS,
    }),
  suitePresets: queryOptions({
    queryKey: ["suite-presets"],
    queryFn: async ({ signal }) => (await payload(client.GET("/api/suite-presets", { signal }))).presets,
  }),
  /** A suite with its experiments, polled until all of them have ended, and then seldom: it may be deleted elsewhere. */
  suite: (id: string) =>
    queryOptions({
      queryKey: keys.suite(id),
      queryFn: ({ signal }) => payload(client.GET("/api/suites/{suite}", { params: suitePath(id), signal })),
      staleTime: 0,
      refetchInterval: ({ state }) =>
        state.status === "error" ? false : state.data && isClosed(state.data.status) ? ENDED_SUITE_MS : SUITE_MS,
    }),
  /** Its verdict, polled until no run is to come. */
  suiteVerdict: (id: string) =>
    queryOptions({
      queryKey: [...keys.suite(id), "verdict"],
      queryFn: ({ signal }) => payload(client.GET("/api/suites/{suite}/verdict", { params: suitePath(id), signal })),
      staleTime: 0,
      refetchInterval: ({ state }) => (state.data && !state.data.running ? false : SUITE_MS),
    }),
  exports: queryOptions({
    queryKey: ["exports"],
    queryFn: async ({ signal }) => (await payload(client.GET("/api/exports", { signal }))).exports,
  }),
  /** The lab from inside, polled while the page is visible. */
  system: queryOptions({
    queryKey: ["system"],
    queryFn: ({ signal }) => payload(client.GET("/api/system", { signal })),
    staleTime: 0,
    refetchInterval: SYSTEM_MS,
    retryDelay: SYSTEM_MS,
  }),
  /** Norms of units, their weights and the decision boundary of an arm's first seed, snapshot by snapshot. */
  frames: (id: string, arm: string) =>
    queryOptions({
      ...ofExperiment(id, "frames", arm),
      queryFn: async ({ signal }) => {
        const params = { ...path(id), query: { arm } };
        return framesOf(await payload(client.GET("/api/experiments/{experiment}/frames", { params, signal })));
      },
      structuralSharing: false,
    }),
  /** Norms of every weight over time, arm by arm. */
  norms: (id: string) =>
    queryOptions({
      ...ofExperiment(id, "norms"),
      queryFn: async ({ signal }) =>
        normsOf(await payload(client.GET("/api/experiments/{experiment}/norms", { params: path(id), signal }))),
      structuralSharing: false,
    }),
  /** Rows of a set with the predictions of a finished run, page by page. */
  predictions: (id: string, { arm, seed, draw }: RunRef, { set, show, cursor }: RowsAsked) =>
    queryOptions({
      ...ofExperiment(id, "predictions", arm, String(seed), String(draw ?? ""), set, show, cursor),
      queryFn: ({ signal }) => {
        const query = { set, show, cursor, ...(draw === null || draw === undefined ? {} : { draw }) };
        const params = { path: { experiment: id, arm, seed }, query };
        return payload(client.GET("/api/experiments/{experiment}/runs/{arm}/{seed}/predictions", { params, signal }));
      },
      placeholderData: keepPreviousData,
      gcTime: ROWS_KEPT_MS,
    }),
  verdict: (id: string) =>
    queryOptions({
      ...ofExperiment(id, "verdict"),
      queryFn: ({ signal }) =>
        payload(client.GET("/api/experiments/{experiment}/verdict", { params: path(id), signal })),
    }),
  /** Reasons for its wait, while it waits for its first run. */
  waiting: (id: string) =>
    queryOptions({
      ...ofExperiment(id, "waiting"),
      queryFn: async ({ signal }): Promise<Pick<ExperimentView, "ahead" | "delays">> => {
        const view = await payload(client.GET("/api/experiments/{experiment}", { params: path(id), signal }));
        return { ahead: view.ahead, delays: view.delays };
      },
      refetchInterval: WAITING_MS,
    }),
  /** Score, gap and norms against the values of its sweep. */
  sweep: (id: string) =>
    queryOptions({
      ...ofExperiment(id, "sweep"),
      queryFn: ({ signal }) => payload(client.GET("/api/experiments/{experiment}/sweep", { params: path(id), signal })),
    }),
  /** Its methods, each by its best trial. */
  comparison: (id: string) =>
    queryOptions({
      ...ofExperiment(id, "comparison"),
      queryFn: ({ signal }) =>
        payload(client.GET("/api/experiments/{experiment}/contest", { params: path(id), signal })),
    }),
};

/** Frees the answers about an experiment that is no longer shown. */
export function forgetExperiment(id: string): void {
  queryClient.removeQueries({ queryKey: keys.experiment(id) });
}
