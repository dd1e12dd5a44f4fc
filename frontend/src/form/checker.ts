import { isUnreachable } from "../api/problem";
import type { CheckView } from "../api/types";
import type { Draft } from "../experiment/draft";
import type { Setup } from "./store";

const PAUSE_MS = 120;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 8_000;

/**
 * Lets `ask` check the draft of `setup` shortly after each change, and again and again while the lab can't be reached.
 * `ask` throws an `ApiError` where the check failed, or anything where its signal is aborted. Returns what ends it.
 */
export function followChecks(setup: Setup, ask: (draft: Draft, signal: AbortSignal) => Promise<CheckView>): () => void {
  let asked: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last: Draft | null = null;
  let retry = FIRST_RETRY_MS;
  /** Whether a check is under way or waits for its turn. */
  let pending = false;

  const check = async () => {
    const { draft } = setup;
    asked = new AbortController();
    const { signal } = asked;
    try {
      const view = await ask(draft, signal);
      pending = false;
      retry = FIRST_RETRY_MS;
      if (!signal.aborted) setup.take(view, draft);
    } catch (error) {
      if (signal.aborted) return;
      pending = false;
      // The form keeps its last problems; Run checks again.
      setup.unanswered(draft, isUnreachable(error));
    }
  };
  const wait = (delay: number) => {
    asked?.abort();
    clearTimeout(timer);
    pending = true;
    timer = setTimeout(() => void check(), delay);
  };
  const changed = () => {
    if (setup.draft !== last) {
      last = setup.draft;
      wait(PAUSE_MS);
    } else if (setup.isUnreachable && !pending) {
      wait(retry);
      retry = Math.min(LONGEST_RETRY_MS, 2 * retry);
    }
  };
  changed();
  const leave = setup.subscribe(changed);
  return () => {
    leave();
    asked?.abort();
    clearTimeout(timer);
  };
}
