import { createContext, useContext, useSyncExternalStore } from "react";
import { Clock } from "../state/clock";

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
export const ClockContext = createContext(new Clock());

export function useHover(): { hover: Hover; epoch: number | null } {
  const hover = useContext(HoverContext);
  return { hover, epoch: useSyncExternalStore(hover.subscribe, hover.current) };
}

export function useClock(): Clock {
  return useContext(ClockContext);
}

/** The epoch that was pointed at, or else chosen with the scrubber; null while the newest is shown. */
export function useMarked(): number | null {
  const { epoch } = useHover();
  const clock = useClock();
  const chosen = useSyncExternalStore(clock.subscribe, clock.chosen);
  return epoch ?? chosen;
}

/** The scrubber's epoch, down to the stop before it. */
export function useStop(): number {
  const clock = useClock();
  return useSyncExternalStore(clock.subscribe, clock.stop);
}
