import { useSyncExternalStore } from "react";

/** Pixels of the window above the first panels and below the last. */
const AROUND = 320;
const LEAST = 200;
const ALONE = 440;

// Read when it changes alone: to ask for it lets the browser lay the page out.
let height = globalThis.window?.innerHeight ?? 0;
globalThis.window?.addEventListener("resize", () => {
  height = window.innerHeight;
});
const follow = (listener: () => void) => {
  window.addEventListener("resize", listener);
  return () => window.removeEventListener("resize", listener);
};

/** Pixels of a panel's height, so that two rows of them are whole in the window; a single row may be higher. */
export function usePanelHeight(rows: number): number {
  const window_ = useSyncExternalStore(follow, () => height);
  return panelHeight(window_, rows);
}

export function panelHeight(window: number, rows: number): number {
  const room = window - AROUND;
  return Math.max(LEAST, rows > 1 ? Math.floor(room / 2) : Math.min(room, ALONE));
}
