import { useQuery } from "@tanstack/react-query";
import type { ExperimentView, Status } from "../../api/types";
import { queries } from "../../state/queries";
import { waitingText } from "./stateText";

/** Sentence on the experiment's wait, asked for again while it lasts. */
export function useWaitingText(view: Pick<ExperimentView, "id" | "ahead" | "delays">, status: Status): string {
  const enabled = status === "queued" && view.id !== "";
  const { data: waiting, isFetchedAfterMount } = useQuery({
    ...queries.waiting(view.id),
    initialData: { ahead: view.ahead, delays: view.delays },
    enabled,
  });
  // Most begin sooner than that is asked.
  const { data: system } = useQuery({ ...queries.system, enabled: enabled && isFetchedAfterMount });
  const slots = system?.workers.reduce((sum, worker) => sum + worker.slots.length, 0);
  return waitingText(waiting.ahead, slots ?? null, waiting.delays, system?.alarms);
}
