import { useEffect, useState, useSyncExternalStore } from "react";
import { LiveExperiment, type Snapshot } from "../state/live";

const RECHECK_MS = 10_000;

const none = () => () => undefined;
const nothing = () => null;

/** Follows experiment `id` for as long as it is shown. `started` is an experiment that is followed already. */
export function useLive(
  id: string | null,
  started: LiveExperiment | null,
): { live: LiveExperiment | null; snapshot: Snapshot | null } {
  const [own, setOwn] = useState<LiveExperiment | null>(null);
  const given = started?.id === id ? started : null;
  const needed = given === null && id !== null;
  useEffect(() => {
    if (!needed) return;
    const following = new LiveExperiment(id);
    setOwn(following);
    return () => {
      following.end();
      setOwn(null);
    };
  }, [id, needed]);
  const live = given ?? own;
  useEffect(() => {
    const recheck = () => {
      if (document.visibilityState === "visible") void live?.recheck();
    };
    document.addEventListener("visibilitychange", recheck);
    window.addEventListener("online", recheck);
    window.addEventListener("offline", recheck);
    // The stream of one that is deleted only falls silent, and one that has ended has none.
    const timer = setInterval(recheck, RECHECK_MS);
    return () => {
      document.removeEventListener("visibilitychange", recheck);
      window.removeEventListener("online", recheck);
      window.removeEventListener("offline", recheck);
      clearInterval(timer);
    };
  }, [live]);
  const snapshot = useSyncExternalStore<Snapshot | null>(live?.subscribe ?? none, live?.current ?? nothing);
  return { live, snapshot };
}
