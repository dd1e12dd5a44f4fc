import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import type { Preview } from "../../api/types";
import { queries } from "../../state/queries";
import type { Setup } from "../store";

export interface PreviewState {
  /** The last one that could be had; null before the first. */
  preview: Preview | null;
  /** The kind of data set that it shows. */
  kind: string | null;
  /** Whether the settings have changed since. */
  stale: boolean;
  error: string | null;
}

/** Whether the lab has found nothing wrong with the draft's data set and split: a refusal would say no more. */
function isSound({ answered, draft, problems }: Setup): boolean {
  if (answered?.dataset !== draft.dataset || answered.split !== draft.split) return false;
  return !problems.under(["dataset"]) && !problems.under(["split"]);
}

/** The rows that the draft describes, fetched once its data set is known to be sound. */
export function usePreview(setup: Setup): PreviewState {
  const { dataset, split } = useSyncExternalStore(setup.subscribe, () => setup.draft);
  const enabled = useSyncExternalStore(setup.subscribe, () => isSound(setup));
  const { data, isPlaceholderData, failureReason } = useQuery({
    ...queries.preview(dataset, split),
    enabled,
    placeholderData: keepPreviousData,
  });
  return {
    preview: data?.preview ?? null,
    kind: data?.kind ?? null,
    stale: isPlaceholderData,
    error: failureReason?.message ?? null,
  };
}
