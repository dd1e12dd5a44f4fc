import type { ComponentType } from "react";
import type { ExperimentView } from "../api/types";
import { type Fetched, fetched } from "../ui/fetched";
import { CurveControls } from "./curves/CurveControls";
import { CurvesView } from "./curves/CurvesView";
import type { ViewProps } from "./viewProps";

type Component = ComponentType<ViewProps>;

/** A view of the results. */
export interface ResultsView {
  /** Its name in the page's address. */
  id: string;
  title: string;
  component: Component & Partial<Pick<Fetched<ViewProps>, "load">>;
  /** What is chosen in it, beside the scrubber. */
  controls?: Component;
  /** Whether the scrubber moves it. */
  followsClock: boolean;
  /** Whether an experiment has it; left out: every one has. */
  isOffered?: (experiment: ExperimentView) => boolean;
}

/** The views in the order of their tabs. The first is shown where the address names none. */
export const VIEWS: readonly [ResultsView, ...ResultsView[]] = [
  // Part of the results, so that nothing stands in the way of a run's first points.
  { id: "curves", title: "Curves", component: CurvesView, controls: CurveControls, followsClock: true },
  {
    id: "norms",
    title: "Norms",
    component: fetched<ViewProps>(async () => (await import("./norms/NormsView")).NormsView),
    followsClock: true,
  },
  {
    id: "weights",
    title: "Weights",
    component: fetched<ViewProps>(async () => (await import("./weights/WeightsView")).WeightsView),
    followsClock: true,
  },
  {
    id: "boundary",
    title: "Boundary",
    component: fetched<ViewProps>(async () => (await import("./boundary/BoundaryView")).BoundaryView),
    followsClock: true,
  },
  {
    id: "table",
    title: "Table",
    component: fetched<ViewProps>(async () => (await import("./table/TableView")).TableView),
    followsClock: false,
  },
  {
    id: "rows",
    title: "Rows",
    component: fetched<ViewProps>(async () => (await import("./rows/RowsView")).RowsView),
    followsClock: false,
  },
  {
    id: "settings",
    title: "Settings",
    component: fetched<ViewProps>(async () => (await import("./settings/SettingsView")).SettingsView),
    followsClock: false,
  },
  {
    id: "export",
    title: "Export",
    component: fetched<ViewProps>(async () => (await import("./export/ExportView")).ExportView),
    followsClock: false,
  },
];

/** What fetches the views that aren't part of the results from the start. */
export const viewLoads = VIEWS.flatMap(({ component: { load } }) => load ?? []);
