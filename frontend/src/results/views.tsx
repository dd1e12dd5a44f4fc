import { type ComponentType, lazy } from "react";
import type { ExperimentView } from "../api/types";
import { fetchedOnce } from "../ui/fetchedOnce";
import { CurveControls } from "./curves/CurveControls";
import { CurvesView } from "./curves/CurvesView";
import type { ViewProps } from "./viewProps";

type Component = ComponentType<ViewProps>;

/** A view of the results. */
export interface ResultsView {
  /** Its name in the page's address. */
  id: string;
  title: string;
  component: Component;
  /** What is chosen in it, beside the scrubber. */
  controls?: Component;
  /** Fetches the component, where it isn't part of the page from the start. */
  load?: () => Promise<unknown>;
  /** Whether the scrubber moves it. */
  followsClock: boolean;
  /** Whether an experiment has it; left out: every one has. */
  isOffered?: (experiment: ExperimentView) => boolean;
}

/** A component in a file of its own, fetched once: while the page is idle, or when it is first shown. */
function fetched(load: () => Promise<Component>): Pick<ResultsView, "component" | "load"> {
  const once = fetchedOnce(async () => ({ default: await load() }));
  return { component: lazy(once), load: once };
}

/** The views in the order of their tabs. The first is shown where the address names none. */
export const VIEWS: readonly [ResultsView, ...ResultsView[]] = [
  // Part of the page, so that nothing stands in the way of a run's first points.
  { id: "curves", title: "Curves", component: CurvesView, controls: CurveControls, followsClock: true },
  {
    id: "norms",
    title: "Norms",
    ...fetched(async () => (await import("./norms/NormsView")).NormsView),
    followsClock: true,
  },
  {
    id: "weights",
    title: "Weights",
    ...fetched(async () => (await import("./weights/WeightsView")).WeightsView),
    followsClock: true,
  },
  {
    id: "boundary",
    title: "Boundary",
    ...fetched(async () => (await import("./boundary/BoundaryView")).BoundaryView),
    followsClock: true,
  },
  {
    id: "table",
    title: "Table",
    ...fetched(async () => (await import("./table/TableView")).TableView),
    followsClock: false,
  },
  {
    id: "rows",
    title: "Rows",
    ...fetched(async () => (await import("./rows/RowsView")).RowsView),
    followsClock: false,
  },
  {
    id: "settings",
    title: "Settings",
    ...fetched(async () => (await import("./settings/SettingsView")).SettingsView),
    followsClock: false,
  },
  {
    id: "export",
    title: "Export",
    ...fetched(async () => (await import("./export/ExportView")).ExportView),
    followsClock: false,
  },
];

/** Fetches the views one after another while the page is idle, so that they open at once, also offline. */
export function prefetchViews(): void {
  const idle = window.requestIdleCallback ?? ((task: () => void) => setTimeout(task, 200));
  const next = ([view, ...others]: readonly ResultsView[]) => {
    if (!view) return;
    const goOn = () => next(others);
    // A view that can't be fetched says so when it is shown.
    idle(() => void Promise.resolve(view.load?.()).then(goOn, goOn));
  };
  next(VIEWS);
}
