import { useSyncExternalStore } from "react";

const SIGNS = ["pointermove", "pointerdown", "keydown", "wheel"] as const;

let touched = false;
const waiting = new Set<() => void>();
const stop = new AbortController();

function touch(): void {
  touched = true;
  stop.abort();
  for (const each of [...waiting]) each();
}

if (typeof window !== "undefined") {
  for (const sign of SIGNS) window.addEventListener(sign, touch, { signal: stop.signal, passive: true });
}

function subscribe(task: () => void): () => void {
  waiting.add(task);
  return () => {
    waiting.delete(task);
  };
}

/** Runs `task` at the first sign of a person: a pointer that moves, a key, a wheel. */
export function onceTouched(task: () => void): void {
  if (touched) task();
  else {
    const leave = subscribe(() => {
      leave();
      task();
    });
  }
}

/** Whether there was a sign of a person: what only a next click needs may wait for it. */
export function useTouched(): boolean {
  return useSyncExternalStore(subscribe, () => touched);
}
