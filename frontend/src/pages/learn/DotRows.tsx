import { ticks, tickText } from "../../charts/drawing";
import { armColour, INK } from "../../charts/palette";
import { useWidth } from "../../charts/useWidth";
import { useScheme } from "../../ui/scheme";
import styles from "./learn.module.css";
import { stacked } from "./stacked";

export interface DotRow {
  name: string;
  hue: number;
  values: readonly number[];
}

interface Props {
  rows: readonly DotRow[];
  /** The axis' ends. */
  extent: readonly [number, number];
  /** A value that is marked in every row. */
  mark: number;
  /** What the axis counts. */
  axis: string;
  /** The chart in a sentence. */
  label: string;
  /** Whether the values are whole numbers. */
  whole?: boolean;
}

const HIGH = 72;
const FOOT = 34;
const LEFT = 12;
const RADIUS = 4;
const STEP = 2 * RADIUS + 1;
/** Height for a pile, below the row's name. */
const ROOM = HIGH - 24;

/** A row of dots for each arm, one dot a value, piled up where values are alike. */
export function DotRows({ rows, extent: [low, high], mark, axis, label, whole = false }: Props) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const scheme = useScheme();
  const span = Math.max(1, width - 2 * LEFT);
  const x = (value: number) => LEFT + ((value - low) / (high - low)) * span;
  const height = rows.length * HIGH + FOOT;
  const columns = whole ? high - low + 1 : Math.max(2, Math.floor(span / (2 * RADIUS)));
  const marks = ticks(low, high, Math.max(2, Math.floor(width / 60))).filter(
    (tick) => !whole || Number.isInteger(tick),
  );
  return (
    <div ref={ref} className={styles.chart}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          {marks.map((tick) => (
            <g key={tick}>
              <path d={`M${x(tick)} 0V${height - FOOT}`} stroke={INK[scheme].grid} />
              <text x={x(tick)} y={height - FOOT + 14} textAnchor="middle">
                {tickText(tick)}
              </text>
            </g>
          ))}
          <path d={`M${x(mark)} 0V${height - FOOT}`} stroke={INK[scheme].text} strokeDasharray="2 3" />
          <text x={width - LEFT} y={height - 4} textAnchor="end">
            {axis}
          </text>
          {rows.map(({ name, hue, values }, row) => {
            const foot = (row + 1) * HIGH - 6;
            const dots = stacked(values, [low, high], columns);
            // A pile too high for its row is pressed together; where its dots can no longer be counted, their number stands beside it.
            const step = (pile: number) => Math.min(STEP, ROOM / pile);
            const pressed = dots.filter(({ level, pile }) => level === pile - 1 && step(pile) < STEP / 3);
            return (
              <g key={name} data-testid={`dots:${name}`} data-dots={values.length}>
                <path d={`M${LEFT} ${foot + 5.5}H${LEFT + span}`} stroke={INK[scheme].grid} />
                {dots.map(({ at, level, pile }) => (
                  <circle
                    key={`${at} ${level}`}
                    cx={x(at)}
                    cy={foot - RADIUS - level * step(pile) + 4}
                    r={RADIUS}
                    fill={armColour(hue, scheme)}
                    fillOpacity="0.75"
                  />
                ))}
                {pressed.map(({ at, pile }) => (
                  <text key={at} x={x(at) + 8} y={foot - ROOM / 2}>
                    {pile}
                  </text>
                ))}
                <text x={LEFT} y={row * HIGH + 13} className={styles.rowName}>
                  {name}
                </text>
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}
