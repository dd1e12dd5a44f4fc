import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LabEvent } from "../api/events";
import type { RunView } from "../api/types";
import { keys, queries } from "./queries";
import { outdatedBy, Refresher } from "./refresher";

const ID = "e1";

describe("outdatedBy", () => {
  const runs = [7, 8].map((seed) => ({ arm: "baseline", seed }) as RunView);
  const outdated = (event: LabEvent["event"], seed: number) =>
    outdatedBy({ id: "1-0", event, data: { arm: "baseline", seed, epoch: [3] } } as unknown as LabEvent, {
      id: ID,
      runs,
    });

  it("names norms for a snapshot of any seed, and frames for one of the arm's first", () => {
    expect(outdated("snapshots", 7)).toEqual([queries.norms(ID).queryKey, queries.frames(ID, "baseline").queryKey]);
    expect(outdated("snapshots", 8)).toEqual([queries.norms(ID).queryKey]);
  });

  it("names the answers that rest on finished runs when one ends", () => {
    for (const event of ["run_finished", "run_failed", "run_cancelled"] as const) {
      expect(outdated(event, 8)).toEqual([
        queries.norms(ID).queryKey,
        queries.verdict(ID).queryKey,
        queries.sweep(ID).queryKey,
        queries.comparison(ID).queryKey,
      ]);
    }
  });

  it("names everything of the experiment when it closes, and nothing for a chunk of epochs", () => {
    expect(outdated("experiment_finished", 7)).toEqual([keys.experiment(ID)]);
    expect(outdated("epochs", 7)).toEqual([]);
  });
});

describe("Refresher", () => {
  let client: QueryClient;
  let refresher: Refresher;
  let asked: number[];
  /** Milliseconds until each answer. */
  let takes: number;
  const queryKey = queries.norms(ID).queryKey;

  function show(): void {
    const queryFn = async () => {
      asked.push(performance.now());
      await new Promise((resolve) => setTimeout(resolve, takes));
      return asked.length;
    };
    new QueryObserver(client, { queryKey, queryFn, staleTime: Number.POSITIVE_INFINITY }).subscribe(() => undefined);
  }

  const answer = () => client.getQueryData(queryKey);

  beforeEach(() => {
    vi.useFakeTimers();
    client = new QueryClient({ defaultOptions: { queries: { networkMode: "always" } } });
    refresher = new Refresher(client);
    asked = [];
    takes = 5;
  });
  afterEach(() => {
    refresher.end();
    client.clear();
    vi.useRealTimers();
  });

  it("refetches at once, then no closer together than its pause, and ends with the newest", async () => {
    show();
    await vi.advanceTimersByTimeAsync(100);
    expect(asked).toHaveLength(1);
    for (let event = 0; event < 50; event++) {
      refresher.mark([queryKey]);
      await vi.advanceTimersByTimeAsync(20);
      if (event === 0) expect(asked).toHaveLength(2);
    }
    const last = performance.now();
    await vi.advanceTimersByTimeAsync(2_000);
    const apart = asked.slice(2).map((at, i) => at - (asked[i + 1] as number));
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(400);
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.at(-1)).toBeGreaterThan(last - 20);
    expect(answer()).toBe(asked.length);
  });

  it("lets a slow answer come before it asks again", async () => {
    takes = 3_000;
    show();
    await vi.advanceTimersByTimeAsync(1_000);
    refresher.mark([queryKey]);
    await vi.advanceTimersByTimeAsync(1_900);
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(600);
    expect(asked).toHaveLength(2);
    expect(answer()).toBe(1);
  });

  it("asks nothing that is not shown, and nothing after its end", async () => {
    refresher.mark([queryKey]);
    await vi.advanceTimersByTimeAsync(1_000);
    show();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toHaveLength(1);
    refresher.mark([queryKey]);
    refresher.end();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toHaveLength(1);
  });
});
