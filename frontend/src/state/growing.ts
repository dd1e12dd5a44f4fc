import { ApiError } from "../api/problem";

interface Entry<T> {
  value: T | null;
  error: ApiError | null;
  wanted: string;
  had: string | null;
  busy: boolean;
  at: number;
  tries: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export interface Grown<T> {
  value: T | null;
  /** Why the newest could not be had; `value` is what was there before. */
  error: ApiError | null;
}

const NOTHING: Grown<never> = { value: null, error: null };
const FIRST_RETRY = 1_000;
const LONGEST_RETRY = 8_000;

/**
 * Answers of the service that grow while an experiment runs, by key. Each is fetched when it is first wanted, and again
 * when a new version of it is, one at a time and not within `pause` milliseconds of the last. What is there stays until
 * there is more; after an error it is tried again by itself.
 */
export class Growing<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private readonly listeners = new Set<() => void>();
  private grown: ReadonlyMap<string, Grown<T>> = new Map();
  private ended = false;

  constructor(
    private readonly fetch: (key: string) => Promise<T>,
    private readonly pause: number,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** All answers so far: the same object until one changes. */
  current = (): ReadonlyMap<string, Grown<T>> => this.grown;

  of(key: string): Grown<T> {
    return this.grown.get(key) ?? NOTHING;
  }

  want(key: string, version: string): void {
    const entry = this.entries.get(key) ?? {
      value: null,
      error: null,
      wanted: "",
      had: null,
      busy: false,
      at: Number.NEGATIVE_INFINITY,
      tries: 0,
      timer: undefined,
    };
    this.entries.set(key, entry);
    this.ended = false;
    entry.wanted = version;
    this.plan(key, entry);
  }

  end(): void {
    this.ended = true;
    for (const entry of this.entries.values()) {
      clearTimeout(entry.timer);
      entry.timer = undefined;
    }
  }

  private plan(key: string, entry: Entry<T>): void {
    if (this.ended || entry.busy || entry.timer !== undefined || entry.wanted === entry.had) return;
    const pause = entry.tries ? Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** (entry.tries - 1)) : this.pause;
    const wait = Math.max(0, entry.at + pause - performance.now());
    entry.timer = setTimeout(() => {
      entry.timer = undefined;
      void this.load(key, entry);
    }, wait);
  }

  private async load(key: string, entry: Entry<T>): Promise<void> {
    const version = entry.wanted;
    entry.busy = true;
    try {
      entry.value = await this.fetch(key);
      entry.error = null;
      entry.had = version;
      entry.tries = 0;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      entry.error = error;
      entry.tries += 1;
      // What is refused is refused again: only another version asks anew.
      if (error.status >= 400 && error.status < 500) entry.had = version;
    } finally {
      entry.busy = false;
      entry.at = performance.now();
    }
    this.grown = new Map(this.grown).set(key, { value: entry.value, error: entry.error });
    for (const listener of this.listeners) listener();
    this.plan(key, entry);
  }
}
