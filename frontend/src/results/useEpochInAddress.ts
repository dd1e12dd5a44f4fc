import { useEffect, useRef } from "react";
import { useSearchParams } from "wouter";
import type { Clock } from "../state/clock";

const NAME = "epoch";
const PAUSE_MS = 150;

/** The epoch that an address asks for; null where it asks for the newest. */
export function epochIn(params: URLSearchParams): number | null {
  const text = params.get(NAME);
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/**
 * Keeps the epoch that the scrubber rests at in the address, so that a reload and a link show the same. The one that the
 * address has at first is shown once the experiment has got beyond it.
 */
export function useEpochInAddress(clock: Clock, id: string): void {
  const [search, setSearch] = useSearchParams();
  const now = useRef({ search, setSearch });
  now.current = { search, setSearch };
  useEffect(() => {
    if (id === "") return;
    let wanted = epochIn(now.current.search);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const write = () => {
      const epoch = clock.chosen() === null ? null : clock.stop();
      if (clock.playing() || epoch === epochIn(now.current.search)) return;
      now.current.setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          if (epoch === null) after.delete(NAME);
          else after.set(NAME, String(epoch));
          return after;
        },
        { replace: true },
      );
    };
    const changed = () => {
      if (wanted !== null && clock.chosen() === null) {
        if (clock.newest > wanted) {
          const epoch = wanted;
          wanted = null;
          clock.choose(epoch);
        }
        return;
      }
      wanted = null;
      clearTimeout(timer);
      timer = setTimeout(write, PAUSE_MS);
    };
    changed();
    const leave = clock.subscribe(changed);
    return () => {
      leave();
      clearTimeout(timer);
    };
  }, [clock, id]);
}
