import { VisuallyHidden } from "@mantine/core";
import { useSyncExternalStore } from "react";

let said = "";
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Lets screen readers say `sentence`, once the present one has been said. */
export function announce(sentence: string): void {
  // A region whose text stays the same says nothing.
  said = said === sentence ? `${sentence}\u00a0` : sentence;
  for (const listener of listeners) listener();
}

/** The region that screen readers listen to. It is part of the page from the start: they miss one that comes with its text. */
export function LiveRegion() {
  const sentence = useSyncExternalStore(subscribe, () => said);
  return (
    <VisuallyHidden role="status" aria-live="polite" data-testid="announced">
      {sentence}
    </VisuallyHidden>
  );
}
