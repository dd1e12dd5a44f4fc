import { useCallback, useEffect, useState } from "react";
import { api } from "../api/client";
import { ApiError } from "../api/problem";
import type { PresetList } from "../api/types";
import { draftOf } from "../experiment/draftOf";
import { draftLeft } from "../form/draftStorage";
import { Setup } from "../form/store";

/** What the page needs before anything can be set up. */
export interface Service {
  presets: PresetList["presets"];
  /** The set-up as it was left in this tab, or the first preset. */
  setup: Setup;
}

async function load(): Promise<Service> {
  const [catalog, { presets }] = await Promise.all([api.catalog(), api.presets()]);
  const left = draftLeft(catalog);
  if (left) return { presets, setup: new Setup(catalog, left) };
  const first = presets[0];
  if (!first) throw new ApiError("The service has no preset to begin with.", 0);
  return { presets, setup: new Setup(catalog, draftOf((await api.preset(first.name)).experiment, catalog)) };
}

/** Loads the catalog and where to begin; `retry` tries again after an error. */
export function useService(): { service: Service | null; error: ApiError | null; retry: () => void } {
  const [service, setService] = useState<Service | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const retry = useCallback(() => {
    setError(null);
    load().then(setService, (cause: unknown) => {
      if (!(cause instanceof ApiError)) throw cause;
      setError(cause);
    });
  }, []);
  useEffect(retry, [retry]);
  return { service, error, retry };
}
