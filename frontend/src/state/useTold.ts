import { useEffect, useRef, useState } from "react";
import { ApiError } from "../api/problem";

const PAUSE = 250;

export interface Told<T> {
  told: T | null;
  /** Why the last question had no answer. */
  error: string | null;
}

/**
 * What `fetch` last told. It is asked again after `version` has changed, one question at a time and with a pause
 * between them, so that runs which finish together cost one. Null before the first answer, and where there is nothing
 * to ask.
 */
export function useTold<T>(fetch: (() => Promise<T>) | null, version: string): Told<T> {
  const [answer, setAnswer] = useState<Told<T>>({ told: null, error: null });
  const now = useRef({ fetch, version });
  now.current = { fetch, version };
  const wake = useRef<() => void>(() => undefined);
  useEffect(() => {
    let gone = false;
    let asked: string | null = null;
    let busy = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const { fetch: question, version: wanted } = now.current;
      if (gone || busy || !question || asked === wanted) return;
      busy = true;
      asked = wanted;
      try {
        const told = await question();
        if (!gone) setAnswer({ told, error: null });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // What was told stands; the next change asks again.
        if (!gone) setAnswer((before) => ({ ...before, error: error.message }));
      }
      timer = setTimeout(() => {
        busy = false;
        void ask();
      }, PAUSE);
    };
    wake.current = () => void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, []);
  const asking = fetch !== null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version, or a first question, is what to wake for
  useEffect(() => wake.current(), [version, asking]);
  return answer;
}
