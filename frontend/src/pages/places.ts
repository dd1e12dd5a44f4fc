import { type Fetched, fetched } from "../ui/fetched";

// Each in a file of its own: the Lab's first paint needs none of them.
export const ExperimentPage = fetched(async () => (await import("./ExperimentPage")).ExperimentPage);
export const History = fetched(async () => (await import("./History")).History);
export const Learn = fetched(async () => (await import("./learn/Learn")).default);
export const SuitePage = fetched(async () => (await import("./SuitePage")).SuitePage);
export const Suites = fetched(async () => (await import("./Suites")).Suites);
export const System = fetched(async () => (await import("./System")).System);

const PLACES: readonly (readonly [RegExp, Pick<Fetched<never>, "load">])[] = [
  [/^\/experiments\/./, ExperimentPage],
  [/^\/experiments$/, History],
  [/^\/learn/, Learn],
  [/^\/suites\/./, SuitePage],
  [/^\/suites$/, Suites],
  [/^\/system$/, System],
];

/** Begins to fetch the code of the place at `path`, while what it shows is still being asked for. */
export function fetchPlace(path: string): void {
  const place = PLACES.find(([at]) => at.test(path))?.[1];
  // A place that can't be fetched says so when it is shown.
  place?.load().catch(() => undefined);
}

/** What fetches the other places, those first that are likely to come next. */
export const placeLoads = [History, Learn, Suites, SuitePage, System].map(({ load }) => load);
