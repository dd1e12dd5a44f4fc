import type { FeasibleSet } from "../../api/types";

/** A circle or a line: a set without an inside to fill. */
export function isThin(set: FeasibleSet): boolean {
  return set.shape === "ring" ? set.inner === set.outer : set.corners.length === 2;
}

/** A ring around a hole: straight ways between its points may lead through the hole. */
export function hasHole(set: FeasibleSet): boolean {
  return set.shape === "ring" && set.inner > 0;
}

/** A set's greatest distance from the origin along an axis; 0 for an endless set. */
export function setExtent(set: FeasibleSet): number {
  if (set.shape === "ring") return set.outer;
  return set.endless ? 0 : Math.max(...set.corners.flat().map(Math.abs));
}

/** Part of the canvas API that draws sets. */
interface Pen {
  moveTo: (x: number, y: number) => void;
  lineTo: (x: number, y: number) => void;
  arc: (x: number, y: number, radius: number, start: number, end: number) => void;
  closePath: () => void;
}

/**
 * Traces the set's outline, an endless set's as far as `end` from the origin; `place` turns weights into pixels, `scale`
 * is how many of them a unit takes.
 */
export function traceSet(
  set: FeasibleSet,
  pen: Pen,
  place: (x: number, y: number) => [number, number],
  scale: number,
  end: number,
): void {
  if (set.shape === "polygon") {
    const stretch = set.endless ? end : 1;
    for (const [i, [x, y]] of set.corners.entries()) {
      if (i) pen.lineTo(...place(stretch * x, stretch * y));
      else pen.moveTo(...place(stretch * x, stretch * y));
    }
    if (!isThin(set)) pen.closePath();
    return;
  }
  const [x, y] = place(0, 0);
  const radii = hasHole(set) && !isThin(set) ? [set.outer, set.inner] : [set.outer];
  for (const radius of radii) {
    pen.moveTo(x + radius * scale, y);
    pen.arc(x, y, radius * scale, 0, 2 * Math.PI);
    pen.closePath();
  }
}
