import { hashKey, type QueryClient, type QueryKey } from "@tanstack/react-query";
import type { LabEvent } from "../api/events";
import type { ExperimentView } from "../api/types";
import { runKey } from "./fold";
import { keys, queries } from "./queries";

const PAUSE_MS = 400;

/** Keys of the queries whose answers `event` has changed. */
export function outdatedBy(event: LabEvent, { id, runs }: Pick<ExperimentView, "id" | "runs">): QueryKey[] {
  switch (event.event) {
    case "experiment_finished":
    case "experiment_failed":
    case "experiment_cancelled":
      return [keys.experiment(id)];
    case "snapshots":
    case "run_finished":
    case "run_failed":
    case "run_cancelled": {
      const { arm } = event.data;
      const first = runs.find((run) => run.arm === arm);
      const isFirst = first !== undefined && runKey(first) === runKey(event.data);
      const seen = [queries.norms(id).queryKey, ...(isFirst ? [queries.frames(id, arm).queryKey] : [])];
      if (event.event === "snapshots") return seen;
      return [...seen, queries.verdict(id).queryKey, queries.sweep(id).queryKey, queries.comparison(id).queryKey];
    }
    default:
      return [];
  }
}

/**
 * Refetches what has become outdated while it is shown: all that did within `PAUSE_MS` at once, and nothing that is
 * being fetched before it has come.
 */
export class Refresher {
  private readonly outdated = new Map<string, QueryKey>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = Number.NEGATIVE_INFINITY;

  constructor(private readonly client: QueryClient) {}

  mark(queryKeys: readonly QueryKey[]): void {
    for (const queryKey of queryKeys) this.outdated.set(hashKey(queryKey), queryKey);
    this.schedule();
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private schedule(): void {
    if (this.timer !== undefined || this.outdated.size === 0) return;
    this.timer = setTimeout(this.refetch, Math.max(0, this.last + PAUSE_MS - performance.now()));
  }

  private refetch = (): void => {
    this.timer = undefined;
    this.last = performance.now();
    for (const [hash, queryKey] of this.outdated) {
      if (this.client.isFetching({ queryKey })) continue;
      this.outdated.delete(hash);
      void this.client.invalidateQueries({ queryKey });
    }
    this.schedule();
  };
}
