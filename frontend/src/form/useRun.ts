import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { client, payload, unchecked } from "../api/client";
import { ApiError, isUnreachable, type Problem } from "../api/problem";
import type { ExperimentView } from "../api/types";
import type { Draft } from "../experiment/draft";
import { showProblem } from "./context";
import type { Setup } from "./store";

const ANSWER_MS = 80;

export interface RunHandlers {
  /** Called when the answer takes longer than `ANSWER_MS`. */
  onWaiting: () => void;
  onCreated: (view: ExperimentView) => void;
  onRefused: () => void;
}

/** Posts the draft. Problems of a refusal are shown at their fields, and the first field is brought into view. */
export function useRun(
  setup: Setup,
  { onWaiting, onCreated, onRefused }: RunHandlers,
): { busy: boolean; refusal: string | null; run: () => void } {
  const [toShow, setToShow] = useState<Problem | null>(null);
  // One idempotency key for each draft: a retry after a lost answer finds the experiment already created.
  const key = useRef<{ draft: Draft; value: string } | null>(null);

  // After rendering, when the field shows its problem and can be opened.
  useEffect(() => {
    if (toShow) showProblem(toShow);
  }, [toShow]);

  const { mutate, isPending, error } = useMutation({
    mutationFn: (draft: Draft) => {
      if (key.current?.draft !== draft) key.current = { draft, value: crypto.randomUUID() };
      // Drawing the results keeps the browser busy for longer than the lab takes to answer. So they are drawn once the
      // answer has come and the stream is open, or the wait is over.
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
      // Keep the key only if the answer was lost (status 0); any other attempt is a new one.
      if (status !== 0) key.current = null;
      if (isUnreachable(cause)) setup.lose();
      setup.refuse("run", problems, draft);
      setToShow(problems[0] ?? null);
    },
  });
  const lost = useSyncExternalStore(setup.subscribe, () => setup.isUnreachable);
  return { busy: isPending, refusal: refusalText(error, lost), run: () => mutate(setup.draft) };
}

/** Why a run failed, where that isn't shown at a field and hasn't ended since: the lab is still `lost`. */
export function refusalText(error: Error | null, lost: boolean): string | null {
  if (!error || (error instanceof ApiError && error.problems.length > 0)) return null;
  return isUnreachable(error) && !lost ? null : error.message;
}
