import { QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FetchedCurves } from "../api/curves";
import type { LabEvent } from "../api/events";
import { packedCurves } from "../api/fixture";
import { ApiError } from "../api/problem";
import type { ExperimentView, RunView, Status } from "../api/types";
import { LiveExperiment } from "./live";
import { keys, queryClient } from "./queries";

const { GET, POST, follow } = vi.hoisted(() => ({ GET: vi.fn(), POST: vi.fn(), follow: vi.fn() }));
vi.mock("../api/client", async (original) => ({ ...(await original<object>()), client: { GET, POST } }));
vi.mock("../api/stream", () => ({ follow }));

const ID = "e1";

/** The lab's view of an experiment with so many seeds, the last of which has this status. */
function viewOf(seeds: number, status: Status): ExperimentView {
  const runs = Array.from({ length: seeds }, (_, i) => ({
    arm: "baseline",
    seed: i + 1,
    status: i + 1 < seeds ? "finished" : status,
    epochs_done: i + 1 < seeds || status === "finished" ? 2 : 0,
    epochs: 2,
  })) as RunView[];
  return { id: ID, status, runs, looks: seeds, retries: 0, last_event_id: `${seeds}-0` } as unknown as ExperimentView;
}

function curvesOf(view: ExperimentView): FetchedCurves {
  const runs = view.runs.filter(({ epochs_done }) => epochs_done > 0);
  const figures = [0.5, 0.75];
  const of = { epoch: [1, 2], train_score: figures, test_score: figures, train_loss: figures, test_loss: figures };
  return {
    runs: runs.map(({ arm, seed }) => ({ arm, seed, figures: of })),
    last_event_id: view.last_event_id,
  };
}

describe("LiveExperiment", () => {
  /** The experiment as the lab has it. */
  let stored: ExperimentView;
  let live: LiveExperiment;
  const settled = () =>
    vi.waitFor(() => {
      expect(live.current().view).toBe(stored);
      expect(live.current().connection).not.toBe("loading");
    });

  beforeEach(async () => {
    vi.stubGlobal("requestAnimationFrame", () => 0);
    vi.stubGlobal("cancelAnimationFrame", () => {});
    follow.mockReturnValue({ close: vi.fn() });
    GET.mockImplementation(async (path: string) => ({
      data: path.endsWith("/curves") ? packedCurves(curvesOf(stored)) : stored,
    }));
    POST.mockImplementation(async () => {
      stored = viewOf(2, "queued");
      return { data: stored };
    });
    stored = viewOf(1, "finished");
    live = new LiveExperiment(ID);
    await settled();
  });
  afterEach(() => {
    live.end();
    vi.resetAllMocks();
    vi.unstubAllGlobals();
  });

  it("shows what one that has finished is called before its curves are here", async () => {
    const answers: ((answer: { data: unknown }) => void)[] = [];
    GET.mockImplementation(async (path: string) =>
      path.endsWith("/curves") ? new Promise((answer) => answers.push(answer)) : { data: stored },
    );
    const another = new LiveExperiment(ID);
    await vi.waitFor(() => expect(another.current().view).toBe(stored));
    expect(another.current().connection).toBe("loading");
    expect([...(another.current().state?.runs.values() ?? [])].map((run) => run.curves.epoch.length)).toEqual([0]);
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    answers[0]?.({ data: packedCurves(curvesOf(stored)) });
    await vi.waitFor(() => expect(another.current().connection).toBe("closed"));
    expect([...(another.current().state?.runs.values() ?? [])].map((run) => run.curves.epoch.length)).toEqual([2]);
    another.end();
  });

  it("shows added seeds and follows them, without losing the curves of the others", async () => {
    expect(live.current().connection).toBe("closed");
    expect(follow).not.toHaveBeenCalled();
    await live.addSeeds(1);
    const [path, { body }] = POST.mock.calls[0] as [string, { body: unknown }];
    expect([path, body]).toEqual(["/api/experiments/{experiment}/seeds", { more: 1 }]);
    const { connection, state } = live.current();
    expect([connection, state?.status]).toEqual(["live", "queued"]);
    expect([...(state?.runs.values() ?? [])].map((run) => [run.seed, run.status, run.curves.epoch.length])).toEqual([
      [1, "finished", 2],
      [2, "queued", 0],
    ]);
    const [followed, after, handlers] = follow.mock.calls[0] as [
      string,
      string,
      { onEvent: (event: LabEvent) => void },
    ];
    expect([followed, after]).toEqual([ID, "2-0"]);
    handlers.onEvent({ id: "3-0", event: "run_started", data: { arm: "baseline", seed: 2, attempt: 1 } });
    expect([...(live.current().state?.runs.values() ?? [])].map(({ status }) => status)).toEqual([
      "finished",
      "running",
    ]);
  });

  it("is not set back by a view of before that arrives late", async () => {
    await live.addSeeds(1);
    const [, , { onEvent }] = follow.mock.calls[0] as [string, string, { onEvent: (event: LabEvent) => void }];
    let answer = (_: { data: ExperimentView }) => {};
    GET.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    onEvent({ id: "3-0", event: "experiment_finished", data: {} });
    expect(live.current().connection).toBe("closed");
    POST.mockImplementationOnce(async () => {
      stored = viewOf(3, "queued");
      return { data: stored };
    });
    await live.addSeeds(1);
    answer({ data: viewOf(2, "finished") });
    await new Promise((resolve) => setTimeout(resolve));
    expect(live.current().view).toBe(stored);
  });

  it("says that the lab doesn't answer, and has the final view and the verdict once it does", async () => {
    await live.addSeeds(1);
    const [, , { onEvent }] = follow.mock.calls[0] as [string, string, { onEvent: (event: LabEvent) => void }];
    const verdict = vi.fn(async () => {
      if (verdict.mock.calls.length === 1) throw new ApiError("The lab does not answer", 0);
      return "surer";
    });
    const observer = new QueryObserver<string>(queryClient, {
      queryKey: [...keys.experiment(ID), "verdict"],
      queryFn: verdict,
    });
    const leave = observer.subscribe(() => {});
    GET.mockRejectedValue(new ApiError("The lab does not answer", 0));
    onEvent({ id: "3-0", event: "experiment_finished", data: {} });
    await vi.waitFor(() => expect(live.current().connection).toBe("reconnecting"));
    expect([live.current().state?.status, live.current().view?.status]).toEqual(["finished", "queued"]);
    await live.recheck();
    expect(live.current().connection).toBe("reconnecting");
    stored = viewOf(2, "finished");
    GET.mockImplementation(async () => ({ data: stored }));
    await live.recheck();
    expect([live.current().connection, live.current().lostAt]).toEqual(["closed", null]);
    expect(live.current().view).toBe(stored);
    await vi.waitFor(() => expect(observer.getCurrentResult().data).toBe("surer"), 900);
    leave();
    queryClient.clear();
  });

  it("drops the error of an action once the lab answers", async () => {
    POST.mockRejectedValueOnce(new ApiError("The lab does not answer", 0));
    await live.addSeeds(1);
    expect([live.current().connection, live.current().error?.status]).toEqual(["reconnecting", 0]);
    await live.recheck();
    expect([live.current().connection, live.current().error]).toEqual(["closed", null]);
  });

  it("shows seeds that were added elsewhere once it is looked at again", async () => {
    await live.recheck();
    expect(follow, "nothing has changed").not.toHaveBeenCalled();
    stored = viewOf(2, "queued");
    await live.recheck();
    expect(live.current().view).toBe(stored);
    expect(follow).toHaveBeenCalledTimes(1);
  });

  it("says that it was removed elsewhere once it is looked at again", async () => {
    GET.mockRejectedValue(new ApiError("There is no such experiment", 404));
    await live.recheck();
    const { gone, error, view } = live.current();
    expect([gone, error, view]).toEqual([true, null, stored]);
    GET.mockClear();
    await live.recheck();
    expect(GET, "nothing is asked about it any more").not.toHaveBeenCalled();
  });

  it("learns why its stream broke", async () => {
    const close = vi.fn();
    follow.mockReturnValue({ close });
    await live.addSeeds(1);
    const [, , { onLost, onOpen }] = follow.mock.calls[0] as [
      string,
      string,
      { onLost: () => void; onOpen: () => void },
    ];
    GET.mockRejectedValueOnce(new ApiError("The lab does not answer", 0));
    onLost();
    await new Promise((resolve) => setTimeout(resolve));
    expect([live.current().connection, live.current().gone]).toEqual(["reconnecting", false]);
    onOpen();
    expect(live.current().connection).toBe("live");
    GET.mockRejectedValueOnce(new ApiError("There is no such experiment", 404));
    onLost();
    await vi.waitFor(() => expect(live.current().gone).toBe(true));
    expect(close).toHaveBeenCalled();
  });

  it("retries once, and follows the runs again", async () => {
    POST.mockImplementation(async () => {
      stored = { ...viewOf(1, "queued"), retries: 1 };
      return { data: stored };
    });
    await Promise.all([live.retry(), live.retry()]);
    expect(POST.mock.calls.map(([path]) => path)).toEqual(["/api/experiments/{experiment}/retry"]);
    expect(live.current().connection).toBe("live");
  });

  it("adds draws", async () => {
    await live.addDraws(20);
    const [path, { body }] = POST.mock.calls[0] as [string, { body: unknown }];
    expect([path, body]).toEqual(["/api/experiments/{experiment}/draws", { more: 20 }]);
  });

  it("shows a retry that was asked for elsewhere", async () => {
    stored = { ...viewOf(1, "queued"), retries: 1 };
    await live.recheck();
    expect(live.current().view).toBe(stored);
  });

  it("fetches fewer points of the curves, the more runs have ended", async () => {
    const asked = async (seeds: number, status: Status) => {
      const view = viewOf(seeds, status);
      stored = { ...view, runs: view.runs.map((run) => ({ ...run, epochs: 4000 })) };
      await live.load();
      const [, { params }] = GET.mock.lastCall as [string, { params: { query: object } }];
      return params.query;
    };
    expect(await asked(1, "finished")).toEqual({ format: "binary" });
    expect(await asked(100, "finished")).toEqual({ format: "binary", points: 400 });
    expect(await asked(1000, "finished")).toEqual({ format: "binary", points: 200 });
    expect(await asked(100, "running")).toEqual({ format: "binary" });
    expect(await asked(1000, "running")).toEqual({ format: "binary", points: 4000 });
  });

  it("adds once, however often it is asked before the lab answers", async () => {
    await Promise.all([live.addSeeds(1), live.addSeeds(1)]);
    expect(POST).toHaveBeenCalledTimes(1);
  });

  it("tells a refusal, and repeats under the same key", async () => {
    POST.mockRejectedValueOnce(new ApiError("The lab does not answer", 0));
    await live.addSeeds(1);
    expect(live.current().error?.message).toBe("The lab does not answer");
    await live.addSeeds(1);
    expect(live.current().error).toBeNull();
    const [first, second] = POST.mock.calls.map(([, { params }]) => params.header["idempotency-key"]);
    expect(second).toBe(first);
  });
});
