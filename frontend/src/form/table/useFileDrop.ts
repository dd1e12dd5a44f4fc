import { type RefObject, useEffect, useState } from "react";

/** Where files that are being dragged are: over the target, elsewhere over the page, or nowhere. */
export type Dragged = "over" | "page" | null;

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/**
 * Lets files be dropped on `target`. Those dropped beside it are refused, where the browser would leave the page to show
 * them.
 */
export function useFileDrop(target: RefObject<HTMLElement | null>, onDrop: (data: DataTransfer) => void): Dragged {
  const [dragged, setDragged] = useState<Dragged>(null);
  useEffect(() => {
    const isOver = ({ target: at }: DragEvent) => at instanceof Node && Boolean(target.current?.contains(at));
    const over = (event: DragEvent) => {
      if (!hasFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = isOver(event) ? "copy" : "none";
      setDragged(isOver(event) ? "over" : "page");
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setDragged(null);
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      setDragged(null);
      if (isOver(event)) onDrop(event.dataTransfer);
    };
    const listeners = { dragenter: over, dragover: over, dragleave: leave, drop } as const;
    for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) {
        window.removeEventListener(name, listener as EventListener);
      }
    };
  }, [target, onDrop]);
  return dragged;
}
