import { useId, useMemo } from "react";
import { FONT } from "../ui/font";
import { MARGIN } from "./plotLayout";
import type { Figure } from "./plotly";
import { sketched } from "./sketch";

/** A figure as a plain drawing: what is seen until Plotly is wanted, which takes a phone a second. */
export function Sketch({ figure }: { figure: Figure }) {
  const { grid, fills, strokes, labels } = useMemo(() => sketched(figure), [figure]);
  const clip = useId();
  const { width, height, xaxis, font } = figure.layout;
  return (
    <svg width={width} height={height} aria-hidden="true" data-sketch style={{ display: "block" }}>
      <clipPath id={clip}>
        <rect
          x={MARGIN.left}
          y={MARGIN.top}
          width={Math.max(0, width - MARGIN.left - MARGIN.right)}
          height={Math.max(0, height - MARGIN.top - MARGIN.bottom)}
        />
      </clipPath>
      <path d={grid || "M0,0"} stroke={String(xaxis.gridcolor)} fill="none" shapeRendering="crispEdges" />
      <g clipPath={`url(#${clip})`} fill="none" strokeLinejoin="round">
        {fills.map(({ d, colour }, index) => (
          <path key={index} d={d} fill={colour} />
        ))}
        {strokes.map(({ d, colour, width: thick, dashes }, index) => (
          <path key={index} d={d} stroke={colour} strokeWidth={thick} strokeDasharray={dashes} />
        ))}
      </g>
      <g fill={(font as { color: string }).color} fontFamily={FONT} fontSize={11}>
        {labels.map(({ x, y, text, anchor }) => (
          <text key={`${text} ${x} ${y}`} x={x} y={y} textAnchor={anchor}>
            {text}
          </text>
        ))}
      </g>
    </svg>
  );
}
