import { useCallback, useEffect, useMemo } from "react";
import { useSearchParams } from "wouter";
import type { CurveOptions } from "./curveOptions";
import { optionsIn, withOptions } from "./optionsInAddress";
import { rememberedOptions, rememberOptions } from "./rememberedOptions";

/**
 * Options of an experiment's curves, kept in the address, so that a reload and a link show the same. An address without
 * any gets those that this browser remembers; `experiment` is empty before there is one.
 */
export function useCurveOptions(experiment: string): [CurveOptions, (options: CurveOptions) => void] {
  const [search, setSearch] = useSearchParams();
  const written = search.toString();
  const options = useMemo(
    () => optionsIn(new URLSearchParams(written), rememberedOptions(experiment)),
    [written, experiment],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each experiment, and later only by choice
  useEffect(() => {
    const search = new URLSearchParams(written);
    const differs = JSON.stringify(optionsIn(search)) !== JSON.stringify(options);
    if (experiment && differs) setSearch((before) => withOptions(before, options), { replace: true });
  }, [experiment]);
  const choose = useCallback(
    (chosen: CurveOptions) => {
      rememberOptions(experiment, chosen);
      setSearch((before) => withOptions(before, chosen), { replace: true });
    },
    [setSearch, experiment],
  );
  return [options, choose];
}
