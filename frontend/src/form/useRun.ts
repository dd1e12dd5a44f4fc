import { useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { ApiError, type Problem } from "../api/problem";
import type { ExperimentView } from "../api/types";
import type { Draft } from "../experiment/draft";
import { showProblem } from "./context";
import type { Setup } from "./store";

const ANSWER_MS = 80;

export interface RunHandlers {
  /** The draft is on its way, and the answer takes longer than one would wait for it. */
  onWaiting: () => void;
  onCreated: (view: ExperimentView) => void;
  onRefused: () => void;
}

/** Posts the draft. What the service refuses is shown at its field, the first one in view. */
export function useRun(
  setup: Setup,
  { onWaiting, onCreated, onRefused }: RunHandlers,
): { busy: boolean; refusal: string | null; run: () => Promise<void> } {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [toShow, setToShow] = useState<Problem | null>(null);
  // One key for each set-up: pressing again after a lost answer finds the experiment that was made.
  const key = useRef<{ draft: Draft; value: string } | null>(null);

  // The field may only open once the problem is known to it.
  useEffect(() => {
    if (toShow) showProblem(toShow);
  }, [toShow]);

  const run = async () => {
    const { draft } = setup;
    setBusy(true);
    setRefusal(null);
    if (key.current?.draft !== draft) key.current = { draft, value: crypto.randomUUID() };
    try {
      // Drawing the stage keeps the browser busy for longer than the service takes to answer. So the answer comes
      // first, and the stream is opened, before anything is drawn.
      const waiting = setTimeout(onWaiting, ANSWER_MS);
      const view = await api.create(draft, key.current.value).finally(() => clearTimeout(waiting));
      key.current = null;
      onCreated(view);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      onRefused();
      // Refused or not, the next try is another one; only a lost answer is asked for again.
      if (error.status !== 0) key.current = null;
      setRefusal(error.message);
      setup.refuse("run", error.problems, draft);
      setToShow(error.problems[0] ?? null);
    } finally {
      setBusy(false);
    }
  };
  return { busy, refusal, run };
}
