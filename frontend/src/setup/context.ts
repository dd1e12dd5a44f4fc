import { createContext, useContext } from "react";
import type { Location, Problem } from "../api/problem";
import type { Catalog, Json } from "./catalog";
import type { Draft } from "./draft";

/** The experiment that is being set up, for every part of the form. */
export interface Setup {
  catalog: Catalog;
  draft: Draft;
  /** Replaces what stands at `location`; undefined removes it. */
  set: (location: Location, value: Json | undefined) => void;
  update: (change: (draft: Draft) => Draft) => void;
  problems: readonly Problem[];
}

const Context = createContext<Setup | null>(null);

export const SetupProvider = Context.Provider;

export function useSetup(): Setup {
  const setup = useContext(Context);
  if (!setup) throw new Error("There is no set-up around this part of the form");
  return setup;
}

function startsWith(location: Location, start: Location): boolean {
  return start.every((key, index) => String(location[index]) === String(key));
}

/** What is wrong at `location` itself. */
export function problemAt(problems: readonly Problem[], location: Location): string | null {
  const found = problems.find(
    (each) => each.location.length === location.length && startsWith(each.location, location),
  );
  return found?.message ?? null;
}

/** What is wrong at `location` or below. */
export function problemsUnder(problems: readonly Problem[], location: Location): Problem[] {
  return problems.filter((each) => startsWith(each.location, location));
}

/** A location as one word, for ids. */
export function placeOf(location: Location): string {
  return location.join("/");
}

/** Brings the field that `problem` is about into view and focus: the nearest one that stands on the page. */
export function showProblem(problem: Problem): void {
  for (let length = problem.location.length; length > 0; length--) {
    const place = CSS.escape(placeOf(problem.location.slice(0, length)));
    const element = document.querySelector<HTMLElement>(`[data-place="${place}"]`);
    if (!element) continue;
    element.scrollIntoView({ block: "center" });
    element.focus({ preventScroll: true });
    return;
  }
}
