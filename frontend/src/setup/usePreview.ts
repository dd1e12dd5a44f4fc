import { useEffect, useState } from "react";
import { api } from "../api/client";
import { ApiError, type Problem } from "../api/problem";
import type { Preview } from "../api/types";
import type { Draft } from "./draft";

export interface PreviewState {
  /** The last one that could be had; null before the first. */
  preview: Preview | null;
  /** Whether the settings have changed since. */
  stale: boolean;
  problems: readonly Problem[];
  error: string | null;
}

const PAUSE = 120;

/** The rows that `draft` asks for, fetched anew shortly after its data set or split changes. */
export function usePreview({ dataset, split }: Draft): PreviewState {
  const [state, setState] = useState<PreviewState>({ preview: null, stale: false, problems: [], error: null });
  useEffect(() => {
    const abort = new AbortController();
    setState((before) => ({ ...before, stale: true }));
    const timer = setTimeout(async () => {
      try {
        const preview = await api.preview(dataset, split, abort.signal);
        setState({ preview, stale: false, problems: [], error: null });
      } catch (cause) {
        if (abort.signal.aborted) return;
        if (!(cause instanceof ApiError)) throw cause;
        const { message, problems } = cause;
        setState((before) => ({ ...before, problems, error: problems.length ? null : message }));
      }
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [dataset, split]);
  return state;
}
