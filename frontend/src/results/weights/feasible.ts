import type { ConstraintFields } from "../../state/frames";

/** Feasible set of the two weights of a unit. A polygon is filled, a line is not. */
export type Feasible =
  | { shape: "disc" | "circle"; radius: number }
  | { shape: "ring"; inner: number; outer: number }
  | { shape: "polygon" | "line"; corners: [number, number][] };

/** Axes that give each unit of a Dense kernel a norm of its own. */
function isPerUnit({ axis }: ConstraintFields): boolean {
  return axis === undefined || axis === null || axis === 0 || JSON.stringify(axis) === "[0]";
}

/**
 * The feasible set of a unit with two inputs, cut off at `reach` from the origin where it goes on. Several for a chain,
 * whose unit lies in all of them; none for a constraint that says nothing of a unit by itself.
 */
export function feasibleSets(constraint: ConstraintFields | null, reach: number): Feasible[] {
  if (!constraint || !isPerUnit(constraint)) return [];
  const number = (field: string) => Number(constraint[field]);
  switch (constraint.kind) {
    case "max_norm":
      return [{ shape: "disc", radius: number("max_value") }];
    case "unit_norm":
      return [{ shape: "circle", radius: 1 }];
    case "min_max_norm": {
      const [inner, outer] = [number("min_value"), number("max_value")];
      if (inner === outer) return [{ shape: "circle", radius: outer }];
      return [inner > 0 ? { shape: "ring", inner, outer } : { shape: "disc", radius: outer }];
    }
    case "non_neg":
      return [rectangle(0, reach)];
    case "box":
      return [rectangle(number("min_value"), number("max_value"))];
    case "l1_norm": {
      const size = number("max_value");
      return [{ shape: "polygon", corners: turned(size) }];
    }
    case "simplex": {
      const [up, , , right] = turned(1) as [[number, number], unknown, unknown, [number, number]];
      return [{ shape: "line", corners: [up, right] }];
    }
    case "zero_mean":
      return [
        {
          shape: "line",
          corners: [
            [-reach, reach],
            [reach, -reach],
          ],
        },
      ];
    case "chain":
      return (constraint.constraints as ConstraintFields[]).flatMap((link) => feasibleSets(link, reach));
    default:
      return [];
  }
}

function rectangle(low: number, high: number): Feasible {
  return {
    shape: "polygon",
    corners: [
      [low, low],
      [high, low],
      [high, high],
      [low, high],
    ],
  };
}

/** Top, left, bottom and right corner of the diamond of that size. */
function turned(size: number): [number, number][] {
  return [
    [0, size],
    [-size, 0],
    [0, -size],
    [size, 0],
  ];
}

/** A set's greatest distance from the origin; 0 for an unbounded set. */
export function setExtent(set: Feasible): number {
  if (set.shape === "ring") return set.outer;
  if (!("corners" in set)) return set.radius;
  return Math.max(...set.corners.flat().map(Math.abs));
}

/** Part of the canvas API that draws sets. */
export interface Pen {
  moveTo: (x: number, y: number) => void;
  lineTo: (x: number, y: number) => void;
  arc: (x: number, y: number, radius: number, start: number, end: number) => void;
  closePath: () => void;
}

/** Traces the set's outline; `place` turns weights into pixels, `scale` is how many of them a unit takes. */
export function traceSet(
  set: Feasible,
  pen: Pen,
  place: (x: number, y: number) => [number, number],
  scale: number,
): void {
  if ("corners" in set) {
    for (const [i, [x, y]] of set.corners.entries()) {
      if (i) pen.lineTo(...place(x, y));
      else pen.moveTo(...place(x, y));
    }
    if (set.shape === "polygon") pen.closePath();
    return;
  }
  const [x, y] = place(0, 0);
  for (const radius of set.shape === "ring" ? [set.outer, set.inner] : [set.radius]) {
    pen.moveTo(x + radius * scale, y);
    pen.arc(x, y, radius * scale, 0, 2 * Math.PI);
    pen.closePath();
  }
}
