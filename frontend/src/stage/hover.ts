import { createContext, useContext, useSyncExternalStore } from "react";

/** The epoch that is pointed at, shared by all panels. Kept outside React's state: it changes with every move. */
export class Hover {
  private epoch: number | null = null;
  private readonly listeners = new Set<() => void>();

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  current = (): number | null => this.epoch;

  point(epoch: number | null): void {
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    for (const listener of this.listeners) listener();
  }
}

export const HoverContext = createContext(new Hover());

export function useHover(): { hover: Hover; epoch: number | null } {
  const hover = useContext(HoverContext);
  return { hover, epoch: useSyncExternalStore(hover.subscribe, hover.current) };
}
