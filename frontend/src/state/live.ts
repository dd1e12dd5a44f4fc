import { client, payload } from "../api/client";
import { unpackCurves } from "../api/curves";
import { closes, type LabEvent } from "../api/events";
import { ApiError, isUnreachable } from "../api/problem";
import { follow } from "../api/stream";
import type { ExperimentView } from "../api/types";
import { fold, type LabState, stateFrom, stateFromView, withUnbegun } from "./fold";
import { recordPainted } from "./latencyProbe";
import { type Sample, sampled } from "./progress";
import { keys, queries, queryClient } from "./queries";
import { outdatedBy, Refresher } from "./refresher";
import { isClosed } from "./status";

export type Connection = "loading" | "live" | "reconnecting" | "closed";

/** State that the page renders. Immutable: each update makes a new object. */
export interface Snapshot {
  connection: Connection;
  view: ExperimentView | null;
  state: LabState | null;
  /** Epochs done over the last half minute, for the rate. */
  samples: readonly Sample[];
  error: ApiError | null;
  /** Whether the lab has no such experiment, or not any more. */
  gone: boolean;
  /** Moment in milliseconds at which the connection was lost; null while it isn't. */
  lostAt: number | null;
}

/** Epochs of a growing experiment's runs, above which each arm is fetched at so many points: a browser draws no more. */
const MOST_GROWING = 1_000_000;
const GROWING_POINTS = 4_000;
/** Epochs that are fetched of all runs of one that has ended: about 200 kB on their way. */
const MOST_ENDED = 40_000;
const FEWEST_POINTS = 200;
/** Pixels of the screen's width for each point of a curve; no panel is wider than the screen. */
const PIXELS_PER_POINT = 2;

/** To how many epochs of each arm the curves are thinned. */
function thinning({ status, runs }: ExperimentView): { points?: number } {
  const epochs = runs.reduce((sum, run) => sum + run.epochs, 0);
  if (!isClosed(status)) return epochs > MOST_GROWING ? { points: GROWING_POINTS } : {};
  if (epochs <= MOST_ENDED) return {};
  const seen = Math.floor((globalThis.window?.innerWidth ?? Number.POSITIVE_INFINITY) / PIXELS_PER_POINT);
  return { points: Math.max(FEWEST_POINTS, Math.min(seen, Math.floor(MOST_ENDED / runs.length))) };
}

/** Time after which curves are fetched though no answer is on the screen: a page in the background paints nothing. */
const LONGEST_ANSWER_MS = 300;

/** Parameters of a call that opens an experiment again. */
interface ReopenParams {
  path: { experiment: string };
  header: { "idempotency-key": string };
}

function fetchView(experiment: string): Promise<ExperimentView> {
  return payload(client.GET("/api/experiments/{experiment}", { params: { path: { experiment } } }));
}

/**
 * One experiment as it happens: loads it, follows its events, and tells its listeners at most once for each frame.
 * Made for `useSyncExternalStore`.
 */
export class LiveExperiment {
  private snapshot: Snapshot = {
    connection: "loading",
    view: null,
    state: null,
    samples: [],
    error: null,
    gone: false,
    lostAt: null,
  };
  private readonly listeners = new Set<() => void>();
  private readonly refresher = new Refresher(queryClient);
  private stream: { close: () => void } | null = null;
  private frame = 0;
  private isReopening = false;
  private isChecking = false;
  /** The connection as far as the stream tells. */
  private following: Connection = "loading";
  /** Whether the last call was answered: a stream may be silent without being lost. */
  private isAnswered = true;
  /** Error of an action, told until a call is answered. */
  private unanswered: ApiError | null = null;
  /** To be called once the experiment's answer is on the screen. */
  answerShown: () => void = () => undefined;
  private readonly isAnswerShown = new Promise<void>((resolve) => {
    this.answerShown = resolve;
  });
  private undrawn: { id: string; receivedAt: number }[] = [];
  ended = false;

  /** Follows experiment `id`; null for one that is not created yet and follows by `attach`. */
  constructor(
    public id: string | null,
    optimistic?: ExperimentView,
  ) {
    if (optimistic) this.expect(optimistic);
    else void this.load();
  }

  /** Shows `view`, the optimistic view of an experiment that is not created yet. */
  expect(view: ExperimentView): void {
    this.draw({ ...this.snapshot, view, state: stateFromView(view) });
  }

  /** Follows the created experiment from its first event. */
  attach(created: ExperimentView): void {
    this.id = created.id;
    const state = stateFromView(created);
    const { state: optimistic } = this.snapshot;
    this.begin(created, optimistic ? withUnbegun(state, optimistic) : state);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  current = (): Snapshot => this.snapshot;

  /** Fetches everything anew and goes on from there. */
  load = async (): Promise<void> => {
    const { id } = this;
    if (id === null) return;
    this.stream?.close();
    this.stream = null;
    try {
      const view = await fetchView(id);
      if (this.ended) return;
      // Its name and figures needn't wait for the curves.
      const isFirst = !this.snapshot.view;
      if (isFirst && view.status === "finished") {
        this.expect(view);
        // Its answer comes before its curves, which are much larger, to the page and onto the screen.
        await queryClient.prefetchQuery(queries.verdict(id));
        await Promise.race([this.isAnswerShown, new Promise((go) => setTimeout(go, LONGEST_ANSWER_MS))]);
        if (this.ended) return;
      }
      const query = { format: "binary", ...thinning(view) } as const;
      const params = { path: { experiment: id }, query };
      const packed = client.GET("/api/experiments/{experiment}/curves", { params, parseAs: "arrayBuffer" });
      const curves = unpackCurves(await payload(packed));
      if (this.ended) return;
      if (!isFirst) this.refresher.mark([keys.experiment(id)]);
      this.begin(view, stateFrom(view, curves));
    } catch (error) {
      if (this.ended) return;
      if (!(error instanceof ApiError)) throw error;
      this.refused(error);
    }
  };

  /** Adds so many seeds to the experiment, which has ended, and follows it again. */
  addSeeds = (more: number): Promise<void> =>
    this.reopen(`${more} more`, (params) =>
      client.POST("/api/experiments/{experiment}/seeds", { params, body: { more } }),
    );

  /** Adds so many draws to the experiment, which has ended and has draws, and follows it again. */
  addDraws = (more: number): Promise<void> =>
    this.reopen(`${more} more draws`, (params) =>
      client.POST("/api/experiments/{experiment}/draws", { params, body: { more } }),
    );

  /** Lets the runs that failed or were cancelled be trained again, and follows them. */
  retry = (): Promise<void> =>
    this.reopen("retry", (params) => client.POST("/api/experiments/{experiment}/retry", { params }));

  private async reopen(what: string, call: (params: ReopenParams) => Promise<unknown>): Promise<void> {
    const { id } = this;
    const { view } = this.snapshot;
    if (id === null || !view || this.isReopening) return;
    this.isReopening = true;
    // One key each time: a retry after a lost answer does nothing more.
    const header = { "idempotency-key": `${id}, look ${view.looks}, retry ${view.retries}, ${what}` };
    try {
      await call({ path: { experiment: id }, header });
      if (!this.ended) await this.load();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.ended) return;
      this.refused(error);
      if (!isUnreachable(error)) return;
      this.unanswered = error;
      this.answeredIs(false);
    } finally {
      this.isReopening = false;
    }
  }

  /**
   * Looks whether the lab answers, and whether the experiment was removed meanwhile, in another tab say, or, if it has
   * ended, opened again.
   */
  recheck = async (): Promise<void> => {
    const { id } = this;
    const { view, gone } = this.snapshot;
    if (id === null || !view || gone || this.isReopening || this.isChecking) return;
    this.isChecking = true;
    try {
      const found = await fetchView(id);
      if (this.ended) return;
      this.answeredIs(true);
      const { connection, view: shown } = this.snapshot;
      if (connection !== "closed" || shown !== view) return;
      if (found.looks !== view.looks || found.retries !== view.retries) await this.load();
      // The closing event came while the view could not be fetched.
      else if (!isClosed(view.status)) this.draw({ ...this.snapshot, view: found });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!this.ended) this.failed(error);
    } finally {
      this.isChecking = false;
    }
  };

  /** Tells an error; where there is no such experiment, nothing is followed any more. */
  private refused(error: ApiError): void {
    if (error.status !== 404) {
      this.draw({ ...this.snapshot, error });
      return;
    }
    this.stream?.close();
    this.following = "closed";
    this.draw({ ...this.snapshot, connection: "closed", error: null, gone: true, lostAt: null });
  }

  /** Notes that a look failed. Without an answer, what is shown stays. */
  private failed(error: ApiError): void {
    if (error.status === 404) this.refused(error);
    else if (isUnreachable(error)) this.answeredIs(false);
  }

  end(): void {
    this.ended = true;
    cancelAnimationFrame(this.frame);
    this.stream?.close();
    this.refresher.end();
    this.listeners.clear();
  }

  private begin(view: ExperimentView, state: LabState): void {
    const closed = isClosed(view.status);
    this.following = closed ? "closed" : "live";
    this.isAnswered = true;
    this.draw({
      connection: this.following,
      view,
      state,
      samples: [],
      error: null,
      gone: false,
      lostAt: null,
    });
    if (closed) return;
    this.stream = follow(view.id, state.lastEventId, {
      onOpen: () => {
        this.following = "live";
        this.answeredIs(true);
      },
      onLost: () => {
        this.following = "reconnecting";
        this.drawConnection();
        // A stream doesn't tell why it broke.
        void this.recheck();
      },
      onEvent: (event) => this.take(event),
      onReset: () => void this.load(),
    });
  }

  /** Notes whether a call was answered. After an outage all that is shown is fetched anew, without waiting for a retry. */
  private answeredIs(isAnswered: boolean): void {
    const isBack = isAnswered && !this.isAnswered;
    this.isAnswered = isAnswered;
    this.drawConnection();
    if (!isBack || this.id === null) return;
    const queryKey = keys.experiment(this.id);
    void queryClient.cancelQueries({ queryKey }).then(() => !this.ended && this.refresher.mark([queryKey]));
    if (this.snapshot.error !== this.unanswered) return;
    this.unanswered = null;
    this.draw({ ...this.snapshot, error: null });
  }

  private drawConnection(): void {
    const connection = this.isAnswered ? this.following : "reconnecting";
    if (this.snapshot.connection === connection) return;
    this.draw({ ...this.snapshot, connection, lostAt: connection === "reconnecting" ? Date.now() : null });
  }

  private take(event: LabEvent): void {
    const { state: before, samples, view } = this.snapshot;
    if (!before || !view) return;
    const state = fold(before, event);
    if (state.gap) {
      void this.load();
      return;
    }
    const receivedAt = Date.now();
    if (event.event === "epochs") this.undrawn.push({ id: event.id, receivedAt });
    this.draw({ ...this.snapshot, state, samples: sampled(samples, state, receivedAt) });
    this.refresher.mark(outdatedBy(event, view));
    if (closes(event)) void this.conclude();
  }

  /** The closing event is in: the view now has the arms' final figures. */
  private async conclude(): Promise<void> {
    const { id } = this;
    this.following = "closed";
    this.drawConnection();
    if (id === null) return;
    try {
      const view = await fetchView(id);
      // Unless seeds were added meanwhile, and it is followed again.
      if (this.ended || this.following !== "closed") return;
      this.answeredIs(true);
      this.draw({ ...this.snapshot, view });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // The state from the events stays valid; the next look that is answered has the view.
      if (!this.ended) this.failed(error);
    }
  }

  private draw(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    if (this.frame || this.ended) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      const drawn = this.undrawn;
      this.undrawn = [];
      for (const listener of this.listeners) listener();
      // React renders and the charts draw before this frame is painted; a new task runs after it.
      if (drawn.length) setTimeout(() => recordPainted(drawn, Date.now()));
    });
  }
}
