import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { client, payload, unchecked } from "../api/client";
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
): { busy: boolean; refusal: string | null; run: () => void } {
  const [toShow, setToShow] = useState<Problem | null>(null);
  // One key for each set-up: pressing again after a lost answer finds the experiment that was made.
  const key = useRef<{ draft: Draft; value: string } | null>(null);

  // The field may only open once the problem is known to it.
  useEffect(() => {
    if (toShow) showProblem(toShow);
  }, [toShow]);

  const { mutate, isPending, error } = useMutation({
    mutationFn: (draft: Draft) => {
      if (key.current?.draft !== draft) key.current = { draft, value: crypto.randomUUID() };
      // Drawing the stage keeps the browser busy for longer than the lab takes to answer. So the answer comes first,
      // and the stream is opened, before anything is drawn.
      const waiting = setTimeout(onWaiting, ANSWER_MS);
      const header = { "idempotency-key": key.current.value };
      const created = payload(client.POST("/api/experiments", { body: unchecked<never>(draft), params: { header } }));
      return created.finally(() => clearTimeout(waiting));
    },
    onSuccess: (view) => {
      key.current = null;
      onCreated(view);
    },
    onError: (cause, draft) => {
      onRefused();
      const { status, problems } = cause instanceof ApiError ? cause : new ApiError("", 0);
      // Refused or not, the next try is another one; only a lost answer is asked for again.
      if (status !== 0) key.current = null;
      setup.refuse("run", problems, draft);
      setToShow(problems[0] ?? null);
    },
  });
  return { busy: isPending, refusal: error?.message ?? null, run: () => mutate(setup.draft) };
}
