import styles from "./Scatter.module.css";
import type { ScatterPlot } from "./scatter";
import { MARGIN } from "./scatter";

interface Props {
  plot: ScatterPlot;
  width: number;
  height: number;
  /** Titles of the axes. */
  titles: readonly [string, string];
  /** The plot in a sentence. */
  label: string;
}

/** Points on two axes. */
export function Scatter({ plot, width, height, titles, label }: Props) {
  const [left, right, bottom] = [MARGIN.left, width - MARGIN.right, height - MARGIN.bottom];
  const middle = (MARGIN.top + bottom) / 2;
  return (
    <svg className={styles.scatter} width={width} height={height} role="img" aria-label={label}>
      {plot.x.map(({ at, text }) => (
        <g key={text}>
          <line x1={at} x2={at} y1={MARGIN.top} y2={bottom} />
          <text x={at} y={bottom + 14} textAnchor="middle" data-axis="x">
            {text}
          </text>
        </g>
      ))}
      {plot.y.map(({ at, text }) => (
        <g key={text}>
          <line x1={left} x2={right} y1={at} y2={at} />
          <text x={left - 6} y={at + 4} textAnchor="end" data-axis="y">
            {text}
          </text>
        </g>
      ))}
      <text className={styles.title} x={(left + right) / 2} y={height - 6} textAnchor="middle">
        {titles[0]}
      </text>
      <text className={styles.title} textAnchor="middle" transform={`translate(14 ${middle}) rotate(-90)`}>
        {titles[1]}
      </text>
      {plot.marks.map(({ name, path, fill, stroke }) => (
        <path
          key={`${name} ${fill} ${stroke}`}
          data-marks={name}
          d={path}
          fill={fill}
          stroke={stroke}
          strokeWidth={1.5}
        />
      ))}
    </svg>
  );
}
