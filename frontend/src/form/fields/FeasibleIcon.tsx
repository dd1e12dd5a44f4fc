import type { ReactNode } from "react";

const solid = { fill: "currentColor", fillOpacity: 0.35, stroke: "currentColor" } as const;

/** Shapes on the axes of the first two weights. */
const SHAPES: Record<string, ReactNode> = {
  disc: <circle cx="8" cy="8" r="5" {...solid} />,
  circle: <circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  ring: (
    <>
      <circle cx="8" cy="8" r="4.2" fill="none" stroke="currentColor" strokeOpacity="0.35" strokeWidth="3" />
      <circle cx="8" cy="8" r="5.7" fill="none" stroke="currentColor" />
      <circle cx="8" cy="8" r="2.7" fill="none" stroke="currentColor" />
    </>
  ),
  quadrant: <path d="M8 8V1.5h6.5V8Z" {...solid} />,
  box: <rect x="3.5" y="3.5" width="9" height="9" {...solid} />,
  diamond: <path d="M8 2.5 13.5 8 8 13.5 2.5 8Z" {...solid} />,
  simplex: <path d="M8 2.5 13.5 8" fill="none" stroke="currentColor" strokeWidth="1.8" />,
  line: <path d="M3 3l10 10" fill="none" stroke="currentColor" strokeWidth="1.6" />,
};

/** Shapes that are not sets in a plane: they say something of a whole matrix or kernel. */
const FIGURES: Record<string, ReactNode> = {
  matrix: (
    <>
      <path d="M4.5 2.5h-2v11h2M11.5 2.5h2v11h-2" fill="none" stroke="currentColor" />
      <ellipse cx="8" cy="8" rx="3.6" ry="2" transform="rotate(-35 8 8)" {...solid} />
    </>
  ),
  frame: (
    <>
      <path d="M4 12V3.5M4 12h8.5" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M4 9.5h2.5V12M2.5 5 4 3.2 5.5 5M11 10.5l1.8 1.5-1.8 1.5" fill="none" stroke="currentColor" />
    </>
  ),
  target: (
    <>
      <circle cx="8" cy="8" r="1.6" fill="currentColor" />
      <circle cx="8" cy="8" r="3.9" fill="none" stroke="currentColor" />
      <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeOpacity="0.6" />
    </>
  ),
  chain: (
    <>
      <rect x="1.5" y="5.5" width="7.5" height="5" rx="2.5" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <rect x="7" y="5.5" width="7.5" height="5" rx="2.5" fill="none" stroke="currentColor" strokeWidth="1.4" />
    </>
  ),
};

/** Icon of a constraint's feasible set for a unit with two inputs; the whole plane without a constraint. */
export function FeasibleIcon({ shape }: { shape: string | null | undefined }) {
  const figure = shape ? FIGURES[shape] : undefined;
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      {figure ?? (
        <>
          <path d="M8 .5v15M.5 8h15" stroke="currentColor" strokeOpacity="0.45" strokeWidth="0.8" />
          {shape && SHAPES[shape]}
        </>
      )}
    </svg>
  );
}
