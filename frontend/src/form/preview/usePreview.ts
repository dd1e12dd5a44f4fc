import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import type { Preview } from "../../api/types";
import { errorText } from "../../experiment/labels";
import { queries } from "../../state/queries";
import type { Setup } from "../store";

export interface PreviewState {
  /** The last preview that was loaded; null before the first. */
  preview: Preview | null;
  /** Kind of the data set in the preview. */
  kind: string | null;
  /** Whether the settings have changed since the preview. */
  stale: boolean;
  error: string | null;
  /** Asks for it again at once. */
  retry: () => void;
}

/** Whether the last check found no problem in the data set and split: otherwise the preview would be refused too. */
function isSound({ answered, draft, problems }: Setup): boolean {
  if (answered?.dataset !== draft.dataset || answered.split !== draft.split) return false;
  return !problems.under(["dataset"]) && !problems.under(["split"]);
}

/** Preview of the draft's data set, fetched once a check found no problem in it. */
export function usePreview(setup: Setup): PreviewState {
  const { dataset, split } = useSyncExternalStore(setup.subscribe, () => setup.draft);
  const enabled = useSyncExternalStore(setup.subscribe, () => isSound(setup));
  const cache = useQueryClient();
  const { data, isPlaceholderData, failureReason } = useQuery({
    ...queries.preview(dataset, split),
    enabled,
    placeholderData: keepPreviousData,
  });
  return {
    preview: data?.preview ?? null,
    kind: data?.kind ?? null,
    stale: isPlaceholderData,
    error: errorText(failureReason, setup.draft, setup.catalog),
    retry: () => void cache.resetQueries({ queryKey: queries.preview(dataset, split).queryKey }),
  };
}
