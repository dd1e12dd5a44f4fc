import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import type { Catalog, Fields } from "../../api/catalog";
import type { Preview } from "../../api/types";
import { entryOf, fieldsOf } from "../../experiment/catalog";
import { errorText } from "../../experiment/labels";
import { queries } from "../../state/queries";
import type { Setup } from "../store";

export interface PreviewState {
  /** The last preview that was loaded; null before the first, and where the draft's data can't be previewed. */
  preview: Preview | null;
  /** Whether the settings have changed since the preview. */
  stale: boolean;
  /** Whether it is of other data than the draft's, whose preview is to come. */
  isOther: boolean;
  error: string | null;
  /** Asks for it again at once. */
  retry: () => void;
}

/** Whether the last check found no problem in the data set and split: otherwise the preview would be refused too. */
function isSound({ answered, draft, problems }: Setup): boolean {
  if (answered?.dataset !== draft.dataset || answered.split !== draft.split) return false;
  return !problems.under(["dataset"]) && !problems.under(["split"]);
}

/** Whether two data sets have the same rows but for their settings: their kind, and their file and its target. */
export function isSameSource(one: Fields, other: Fields, catalog: Catalog): boolean {
  const entry = entryOf(catalog.datasets, one.kind);
  const sources = (entry ? fieldsOf(entry.schema, catalog) : []).filter(
    (spec) => spec.type === "special" && ["file", "column", "more_targets"].includes(spec.widget),
  );
  return (
    one.kind === other.kind &&
    sources.every(
      ({ name, default: unset }) =>
        JSON.stringify(one[name] ?? unset ?? null) === JSON.stringify(other[name] ?? unset ?? null),
    )
  );
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
  const wrong = useSyncExternalStore(
    setup.subscribe,
    () => setup.problems.under(["dataset"]) || setup.problems.under(["split"]),
  );
  const isOther = data !== undefined && !isSameSource(data.dataset, dataset, setup.catalog);
  return {
    preview: isOther && (wrong || failureReason) ? null : (data?.preview ?? null),
    stale: isPlaceholderData,
    isOther,
    error: errorText(failureReason, setup.draft, setup.catalog),
    retry: () => void cache.resetQueries({ queryKey: queries.preview(dataset, split).queryKey }),
  };
}
