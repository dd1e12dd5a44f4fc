import { useEffect, useState, useSyncExternalStore } from "react";
import { LiveExperiment, type Snapshot } from "../state/live";

const none = () => () => undefined;
const nothing = () => null;

/** Follows experiment `id` for as long as it is shown. `begun` is one that is being followed since it was made. */
export function useLive(
  id: string,
  begun: LiveExperiment | null,
): { live: LiveExperiment | null; snapshot: Snapshot | null } {
  const [live, setLive] = useState<LiveExperiment | null>(begun?.id === id ? begun : null);
  useEffect(() => {
    const following = begun?.id === id && !begun.ended ? begun : new LiveExperiment(id);
    setLive(following);
    return () => following.end();
  }, [id, begun]);
  const snapshot = useSyncExternalStore<Snapshot | null>(live?.subscribe ?? none, live?.current ?? nothing);
  return { live, snapshot };
}
