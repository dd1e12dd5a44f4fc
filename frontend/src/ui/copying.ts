import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { announce } from "./announce";

export interface ByHand {
  what: string;
  text: string;
}

let byHand: ByHand | null = null;
const listeners = new Set<() => void>();

function offerByHand(offered: ByHand | null): void {
  byHand = offered;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Copies `text`, which is `what` in words ("Link"); tells whether it did. Browsers let only pages by HTTPS or on the same
 * machine do that: elsewhere it is shown to be copied by hand.
 */
async function copyText(what: string, text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    offerByHand({ what, text });
    return false;
  }
  announce(`${what} copied`);
  return true;
}

export interface CopyFormat {
  name: string;
  /** Its name, as in "Copy as Python". */
  title: string;
  text: () => string;
}

const SHOWN_MS = 2_000;

/** Whether `host` names, on every machine, that machine itself. */
export function isOnlyHere(host: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(host);
}

/** Copies texts, and tells for a moment `what` was copied last. */
export function useCopy(): { copied: string | null; copy: (what: string, text: string | Promise<string>) => void } {
  const [copied, setCopied] = useState<{ what: string } | null>(null);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = useCallback(async (what: string, text: string | Promise<string>) => {
    if (await copyText(what, await text)) setCopied({ what });
  }, []);
  return { copied: copied?.what ?? null, copy: (what, text) => void copy(what, text) };
}

/** What could not be copied, and what forgets it. */
export function useByHand(): { offered: ByHand | null; close: () => void } {
  return { offered: useSyncExternalStore(subscribe, () => byHand), close: () => offerByHand(null) };
}
