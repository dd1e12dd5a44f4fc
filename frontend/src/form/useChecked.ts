import { useEffect } from "react";
import { client, payload } from "../api/client";
import { ApiError } from "../api/problem";
import type { Setup } from "./store";

const PAUSE = 120;

/** Checks the draft on the service shortly after each change. */
export function useChecked(setup: Setup): void {
  useEffect(() => {
    let asked: AbortController | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last: unknown = null;
    const ask = async () => {
      const { draft } = setup;
      asked = new AbortController();
      const { signal } = asked;
      try {
        setup.take(await payload(client.POST("/api/experiments/check", { body: draft, signal })), draft);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        // The form keeps its last problems; Run checks again.
        setup.unanswered(draft);
      }
    };
    const changed = () => {
      if (setup.draft === last) return;
      last = setup.draft;
      asked?.abort();
      clearTimeout(timer);
      timer = setTimeout(() => void ask(), PAUSE);
    };
    changed();
    const leave = setup.subscribe(changed);
    return () => {
      leave();
      asked?.abort();
      clearTimeout(timer);
    };
  }, [setup]);
}
