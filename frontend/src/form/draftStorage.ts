/** The draft in the tab's session storage. */
import type { Catalog } from "../api/catalog";
import type { Draft } from "../experiment/draft";
import { renewed } from "../experiment/draftOf";
import type { Setup } from "./store";

const KEY = "set-up";
const PAUSE = 300;

/** The stored draft; null without a readable one. */
export function savedDraft(catalog: Catalog): Draft | null {
  try {
    const stored = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Draft | null;
    return stored && renewed(stored, catalog);
  } catch {
    return null; // Storage is blocked, or its content is not a draft.
  }
}

/** Stores the draft shortly after each change, and when the page is left. */
export function saveDrafts(setup: Setup): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stored = setup.draft;
  const write = () => {
    clearTimeout(timer);
    if (stored === setup.draft) return;
    stored = setup.draft;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(stored));
    } catch {
      // Without storage the set-up lasts as long as the page.
    }
  };
  const leave = setup.subscribe(() => {
    clearTimeout(timer);
    timer = setTimeout(write, PAUSE);
  });
  window.addEventListener("pagehide", write);
  return () => {
    write();
    leave();
    window.removeEventListener("pagehide", write);
  };
}
