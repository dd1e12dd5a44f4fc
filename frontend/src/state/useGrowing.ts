import { useEffect, useSyncExternalStore } from "react";
import type { Growing, Grown } from "./growing";

/** Wants each key in its version for as long as it is shown; gives what is there. */
export function useGrowing<T>(
  growing: Growing<T>,
  wanted: readonly (readonly [key: string, version: string])[],
): ReadonlyMap<string, Grown<T>> {
  const asked = JSON.stringify(wanted);
  useEffect(() => {
    for (const [key, version] of JSON.parse(asked) as [string, string][]) growing.want(key, version);
  }, [growing, asked]);
  return useSyncExternalStore(growing.subscribe, growing.current);
}
