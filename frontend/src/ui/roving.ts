import { type KeyboardEvent, useCallback } from "react";

const STEPS: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowRight: (index, count) => (index + 1) % count,
  ArrowDown: (index, count) => (index + 1) % count,
  ArrowLeft: (index, count) => (index - 1 + count) % count,
  ArrowUp: (index, count) => (index - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** Index of the element that `key` moves to from `index` of `count`; null for another key. */
export function movedTo(key: string, index: number, count: number): number | null {
  return count > 0 ? (STEPS[key]?.(index, count) ?? null) : null;
}

/** Index of the tab stop of a group: the chosen element, or else the first. */
export function tabStop(chosen: number): number {
  return Math.max(0, chosen);
}

/**
 * Lets the arrow keys move the focus among the elements of `role` in a group that is one tab stop. Returns what handles
 * the group's keys.
 */
export function useRoving(role: "radio" | "tab"): (event: KeyboardEvent<HTMLElement>) => void {
  return useCallback(
    (event) => {
      const members = [...event.currentTarget.querySelectorAll<HTMLElement>(`[role="${role}"]`)];
      const index = members.indexOf(document.activeElement as HTMLElement);
      const to = index < 0 ? null : movedTo(event.key, index, members.length);
      if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      members[to]?.focus();
    },
    [role],
  );
}
