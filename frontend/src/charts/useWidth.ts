import { type RefCallback, useCallback, useState } from "react";
import { flushSync } from "react-dom";

/** Pixels that fit a printed page across. */
const PRINTED = 640;

/**
 * The width of an element in whole pixels, 0 before it is known, and on paper no more than a page is wide. The element
 * may come and go. One that `keepsItsPlace`, whatever is in it, is measured when the browser lays the page out anyhow,
 * the others before they are painted.
 */
export function useWidth<T extends HTMLElement>(keepsItsPlace = false): [RefCallback<T>, number] {
  const [width, setWidth] = useState(0);
  const ref = useCallback(
    (element: T | null) => {
      if (!element) return;
      if (!keepsItsPlace) setWidth(Math.floor(element.clientWidth));
      let isKnown = !keepsItsPlace;
      const observer = new ResizeObserver(([entry]) => {
        if (!entry) return;
        const take = () => setWidth(Math.floor(entry.contentRect.width));
        if (isKnown) take();
        else flushSync(take);
        isKnown = true;
      });
      observer.observe(element);
      const narrow = () => flushSync(() => setWidth((width) => Math.min(width, PRINTED)));
      const widen = () => setWidth(Math.floor(element.clientWidth));
      window.addEventListener("beforeprint", narrow);
      window.addEventListener("afterprint", widen);
      return () => {
        observer.disconnect();
        window.removeEventListener("beforeprint", narrow);
        window.removeEventListener("afterprint", widen);
      };
    },
    [keepsItsPlace],
  );
  return [ref, width];
}
