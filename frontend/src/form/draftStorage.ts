import type { Catalog } from "../api/catalog";
/** The set-up as it was left in this tab. */
import type { Draft } from "../experiment/draft";
import { renewed } from "../experiment/draftOf";
import type { Setup } from "./store";

const KEY = "set-up";
const PAUSE = 300;

/** The draft that was left here; null where there is none. */
export function savedDraft(catalog: Catalog): Draft | null {
  try {
    const left = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Draft | null;
    return left && renewed(left, catalog);
  } catch {
    return null; // Storage is blocked, or holds something else.
  }
}

/** Keeps every draft of `setup` shortly after it has changed, and when the page is left. */
export function saveDrafts(setup: Setup): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let kept = setup.draft;
  const write = () => {
    clearTimeout(timer);
    if (kept === setup.draft) return;
    kept = setup.draft;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(kept));
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
