import { useEffect, useState } from "react";
import type { Entry } from "../../api/catalog";
import { api } from "../../api/client";
import { ApiError } from "../../api/problem";
import type { Preview } from "../../api/types";
import type { Setup } from "../store";

export interface PreviewState {
  /** The last one that could be had; null before the first. */
  preview: Preview | null;
  /** Of which kind of data set it is. */
  kind: string | null;
  /** Whether the settings have changed since. */
  stale: boolean;
  error: string | null;
}

/**
 * The rows that the draft asks for. They are fetched when the service has found nothing wrong with the data set and
 * its split: a refusal would say no more.
 */
export function usePreview(setup: Setup): PreviewState {
  const [state, setState] = useState<PreviewState>({ preview: null, kind: null, stale: false, error: null });
  useEffect(() => {
    let asked: { dataset: unknown; split: unknown } | null = null;
    let abort = new AbortController();
    const ask = async (dataset: Entry, split: unknown) => {
      abort.abort();
      abort = new AbortController();
      const { signal } = abort;
      try {
        const preview = await api.preview(dataset, split, signal);
        setState({ preview, kind: dataset.kind, stale: false, error: null });
      } catch (cause) {
        if (signal.aborted) return;
        if (!(cause instanceof ApiError)) throw cause;
        setState((before) => ({ ...before, error: cause.message }));
      }
    };
    const changed = () => {
      const { answered, draft, problems } = setup;
      const { dataset, split } = draft;
      if (asked?.dataset === dataset && asked.split === split) return;
      setState((before) => (before.stale ? before : { ...before, stale: true }));
      if (answered?.dataset !== dataset || answered.split !== split) return;
      asked = { dataset, split };
      if (!problems.under(["dataset"]) && !problems.under(["split"])) void ask(dataset, split);
    };
    changed();
    const leave = setup.subscribe(changed);
    return () => {
      leave();
      abort.abort();
    };
  }, [setup]);
  return state;
}
