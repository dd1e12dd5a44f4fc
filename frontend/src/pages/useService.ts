import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, payload } from "../api/client";
import { ApiError } from "../api/problem";
import type { PresetList } from "../api/types";
import { draftOf } from "../experiment/draftOf";
import { savedDraft } from "../form/draftStorage";
import { Setup } from "../form/store";
import { TRIED_NAMES } from "../form/Tries";
import { queries } from "../state/queries";

/** Data that the page needs before it can show the form. */
export interface Service {
  presets: PresetList["presets"];
  /** The form's state: the draft stored in this tab, or the first preset. */
  setup: Setup;
}

const service = queryOptions({
  queryKey: ["service"],
  queryFn: async ({ client: cache, signal }): Promise<Service> => {
    const [catalog, { presets }] = await Promise.all([
      payload(client.GET("/api/catalog", { signal })),
      payload(client.GET("/api/presets", { signal })),
    ]);
    const names = [...presets.map(({ title }) => title), ...TRIED_NAMES];
    const left = savedDraft(catalog);
    if (left) return { presets, setup: new Setup(catalog, left, names) };
    const first = presets[0];
    if (!first) throw new ApiError("The lab has no preset to begin with.", 404);
    const { experiment } = await cache.fetchQuery({ ...queries.preset(first.name), retry: false });
    return { presets, setup: new Setup(catalog, draftOf(experiment, catalog), names) };
  },
  gcTime: Number.POSITIVE_INFINITY,
  structuralSharing: false,
});

/** Loads the catalog and the first draft. After an error it tries again by itself, and at once by `retry`. */
export function useService(): { service: Service | undefined; error: Error | null; retry: () => void } {
  const cache = useQueryClient();
  const { data, failureReason } = useQuery(service);
  return { service: data, error: failureReason, retry: () => void cache.resetQueries({ queryKey: service.queryKey }) };
}
