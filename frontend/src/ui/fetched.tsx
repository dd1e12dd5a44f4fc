import { type ComponentType, lazy, Suspense, useEffect, useState } from "react";
import { fetchedOnce } from "./fetchedOnce";
import { ViewBoundary } from "./ViewBoundary";

/** A component whose code is a file of its own. `load` fetches it ahead. */
export type Fetched<P> = ComponentType<P> & { load: () => Promise<unknown> };

/**
 * A component that is fetched once: by its `load`, or when it is first drawn, which suspends. It is drawn at once where its
 * code is here; React's `lazy` alone would show what stands in for it first.
 */
export function fetched<P extends object>(load: () => Promise<ComponentType<P>>): Fetched<P> {
  let here: ComponentType<P> | null = null;
  const once = fetchedOnce(async () => {
    here = await load();
    return { default: here };
  });
  const Lazy = lazy(once) as unknown as ComponentType<P>;
  const Component = (props: P) => {
    // Kept while it is mounted: another component would lose its state.
    const [Drawn] = useState<ComponentType<P>>(() => here ?? Lazy);
    return <Drawn {...props} />;
  };
  return Object.assign(Component, { load: once });
}

/**
 * A dialog that is fetched when it is first opened, or ahead. It stays mounted from then on, so that it gives the focus back
 * when it is closed, and is opened after it is mounted, so that it knows to whom.
 */
export function fetchedDialog<P extends { opened: boolean }>(load: () => Promise<ComponentType<P>>): Fetched<P> {
  const Dialog = fetched(load);
  const Opening = (props: P) => {
    const [isMounted, setMounted] = useState(false);
    useEffect(() => setMounted(true), []);
    return <Dialog {...props} opened={props.opened && isMounted} />;
  };
  const Component = (props: P) => {
    const [wanted, setWanted] = useState(false);
    if (props.opened && !wanted) setWanted(true);
    if (!wanted) return null;
    return (
      <ViewBoundary>
        <Suspense fallback={null}>
          <Opening {...props} />
        </Suspense>
      </ViewBoundary>
    );
  };
  return Object.assign(Component, { load: Dialog.load });
}

/** Fetches one after another while the page is idle, so that they open at once, also offline. */
export function prefetch([load, ...others]: readonly (() => Promise<unknown>)[]): void {
  if (!load) return;
  const idle = window.requestIdleCallback ?? ((task: () => void) => setTimeout(task, 200));
  const goOn = () => prefetch(others);
  // What can't be fetched says so when it is shown.
  idle(() => void load().then(goOn, goOn));
}
