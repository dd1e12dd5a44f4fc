import { createContext, useContext, useSyncExternalStore } from "react";
import type { Catalog, Json, Weight } from "../api/catalog";
import type { Location, Problem } from "../api/problem";
import { getIn } from "../experiment/draft";
import { placeOf, type Setup } from "./store";
import { isVariedUnder } from "./sweep/sweep";

const Context = createContext<Setup | null>(null);

export const SetupProvider = Context.Provider;

/** The form's `Setup`, always the same object. To read its state, use the other hooks. */
export function useSetup(): Setup {
  const setup = useContext(Context);
  if (!setup) throw new Error("useSetup needs a SetupProvider above it");
  return setup;
}

/** The weight that the fields below act on, or null. */
export const WeightContext = createContext<Weight | null>(null);

/** Title of the card that is open, and its choice. */
export const OpenCardContext = createContext<[string | null, (title: string | null) => void]>([null, () => undefined]);

/** A value selected from the set-up; the component renders again when it changes. */
export function useSelected<T>(select: (setup: Setup) => T): T {
  const setup = useSetup();
  return useSyncExternalStore(setup.subscribe, () => select(setup));
}

export function useCatalog(): Catalog {
  return useSetup().catalog;
}

/** The value at `location`. */
export function useValue(location: Location): Json | undefined {
  return useSelected(({ draft }) => getIn(draft, location));
}

/** The first problem at `location` itself; none at null, a place that isn't in the draft. */
export function useProblem(location: Location | null): string | null {
  return useSelected(({ problems }) => location && problems.at(location));
}

/** The first warning at `location` itself. */
export function useWarning(location: Location): string | null {
  return useSelected(({ warnings }) => warnings.at(location));
}

/** Whether there is a problem at `location` or below; none at null, a place that isn't in the draft. */
export function useWrongUnder(location: Location | null): boolean {
  return useSelected(({ problems }) => location !== null && problems.under(location));
}

/** Whether there is a warning at `location` or below. */
export function useHasWarning(location: Location): boolean {
  return useSelected(({ warnings }) => warnings.under(location));
}

/** Whether a sweep varies the number at `location`, or one below, and so sets its value. */
export function useVariedUnder(location: Location): boolean {
  return useSelected(({ draft }) => isVariedUnder(location, draft.sweep));
}

/** Collapsed sections that are opened on the way to a field: a card, a layer, the constraint or penalty of its weight. */
const DEPTH = 4;

/**
 * Scrolls to the field of `problem` and focuses it, after opening the collapsed sections around it; without such a field,
 * the nearest section that contains its location.
 */
export function showProblem(problem: Problem, depth = DEPTH): void {
  for (let length = problem.location.length; length > 0; length--) {
    const place = CSS.escape(placeOf(problem.location.slice(0, length)));
    const field = document.querySelector<HTMLElement>(`[data-place="${place}"]`);
    const element = field ?? document.querySelector<HTMLElement>(`[data-places~="${place}"]`);
    if (!element) continue;
    const isThere = field !== null && length === problem.location.length;
    const closed = !isThere && depth > 0 ? closedBy(element) : null;
    if (closed) {
      closed.click();
      requestAnimationFrame(() => showProblem(problem, depth - 1));
      return;
    }
    element.scrollIntoView({ block: "center" });
    element.focus({ preventScroll: true });
    return;
  }
}

/** The control that expands `element`; null when it is expanded. */
function closedBy(element: HTMLElement): HTMLElement | null {
  const selector = '[aria-expanded="false"]';
  if (element.matches(selector)) return element;
  const opener = element.querySelector<HTMLElement>("[data-opener]");
  return opener?.matches(selector) ? opener : null;
}
