import { type ComponentType, lazy } from "react";

const prefetched: (() => Promise<unknown>)[] = [];

/** A component of a file of its own, which is fetched once: when the page is idle, or before that when it is shown. */
function lazyView<P>(load: () => Promise<ComponentType<P>>) {
  let loading: Promise<{ default: ComponentType<P> }> | null = null;
  const loadOnce = () => {
    loading ??= load().then((component) => ({ default: component }));
    return loading;
  };
  prefetched.push(loadOnce);
  return lazy(loadOnce);
}

export const NormsView = lazyView(() => import("./norms/NormsView").then((module) => module.NormsView));
export const WeightsView = lazyView(() => import("./weights/WeightsView").then((module) => module.WeightsView));
export const BoundaryView = lazyView(() => import("./boundary/BoundaryView").then((module) => module.BoundaryView));
export const TableView = lazyView(() => import("./table/TableView").then((module) => module.TableView));
export const SettingsView = lazyView(() => import("./settings/SettingsView").then((module) => module.SettingsView));
export const ExportView = lazyView(() => import("./export/ExportView").then((module) => module.ExportView));

/** Fetches the views one after another while the page is idle, so that they open at once, also offline. */
export function prefetchViews(): void {
  const idle = window.requestIdleCallback ?? ((task: () => void) => setTimeout(task, 200));
  const next = (index: number) => {
    const load = prefetched[index];
    if (!load) return;
    // A view that fails says so when it is shown.
    const after = () => next(index + 1);
    idle(() => void load().then(after, after));
  };
  next(0);
}
