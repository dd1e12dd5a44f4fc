import { useCallback, useEffect, useMemo, useState } from "react";
import type { Location, Problem } from "../api/problem";
import type { Catalog, Json } from "./catalog";
import { check } from "./check";
import type { Setup } from "./context";
import { type Draft, getIn, setIn, withArmNames } from "./draft";

const KEY = "set-up";

/** The set-up as it was left in this tab; null where there is none. */
export function draftLeft(): Draft | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Draft | null;
  } catch {
    return null; // Storage is blocked, or holds something else.
  }
}

function keep(draft: Draft): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // Without storage the set-up lasts as long as the page.
  }
}

export interface DraftState extends Setup {
  /** Takes problems that the service found; each stands until something beside its field changes. */
  refuse: (problems: readonly Problem[]) => void;
}

/** Whether the object or list in which `location` stands is the same in both. */
function untouched(location: Location, before: Draft, after: Draft): boolean {
  const around = location.slice(0, -1);
  return getIn(before, around) === getIn(after, around);
}

/** The draft with what is wrong with it: by the catalog's limits, and as the service said. */
export function useDraft(
  catalog: Catalog,
  draft: Draft,
  onChange: (change: (draft: Draft) => Draft) => void,
  found: readonly Problem[],
): DraftState {
  const [refused, setRefused] = useState<{ by: Draft; problems: readonly Problem[] } | null>(null);
  useEffect(() => keep(draft), [draft]);

  const problems = useMemo(() => {
    const known = check(draft, catalog);
    const places = new Set(known.map((each) => each.location.join("/")));
    const told = refused?.problems.filter((each) => untouched(each.location, refused.by, draft)) ?? [];
    return [...known, ...[...found, ...told].filter((each) => !places.has(each.location.join("/")))];
  }, [draft, catalog, refused, found]);

  const update = useCallback(
    (change: (draft: Draft) => Draft) => onChange((before) => withArmNames(before, change(before), catalog)),
    [onChange, catalog],
  );
  const set = useCallback(
    (location: Location, value: Json | undefined) => update((before) => setIn(before, location, value)),
    [update],
  );
  const refuse = useCallback((told: readonly Problem[]) => setRefused({ by: draft, problems: told }), [draft]);
  return useMemo(
    () => ({ catalog, draft, set, update, problems, refuse }),
    [catalog, draft, set, update, problems, refuse],
  );
}
