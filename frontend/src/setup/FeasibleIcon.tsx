const SHAPES: Record<string, React.ReactNode> = {
  disc: <circle cx="8" cy="8" r="5" fill="currentColor" fillOpacity="0.35" stroke="currentColor" />,
  circle: <circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  ring: (
    <>
      <circle cx="8" cy="8" r="4.2" fill="none" stroke="currentColor" strokeOpacity="0.35" strokeWidth="3" />
      <circle cx="8" cy="8" r="5.7" fill="none" stroke="currentColor" />
      <circle cx="8" cy="8" r="2.7" fill="none" stroke="currentColor" />
    </>
  ),
  quadrant: <path d="M8 8V1.5h6.5V8Z" fill="currentColor" fillOpacity="0.35" stroke="currentColor" />,
  box: <rect x="3.5" y="3.5" width="9" height="9" fill="currentColor" fillOpacity="0.35" stroke="currentColor" />,
};

/** Where the weights of a unit with two inputs may lie, drawn on its axes; the whole plane where nothing is said. */
export function FeasibleIcon({ shape }: { shape: string | null | undefined }) {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" className="feasible">
      <path d="M8 .5v15M.5 8h15" stroke="currentColor" strokeOpacity="0.45" strokeWidth="0.8" />
      {shape && SHAPES[shape]}
    </svg>
  );
}
