import type { ArmVerdict, Difference, Score } from "../../api/types";
import { figure } from "../../format";
import { hasWidth } from "./unitText";
import styles from "./verdict.module.css";

const WIDTH = 168;
const HEIGHT = 22;
const EDGE = 4;

/** The largest distance from zero that any interval of these arms reaches, rounded up: the scale that all bars share. */
export function differenceExtent(arms: readonly Pick<ArmVerdict, "test" | "fresh">[]): number {
  const ends = arms.flatMap(({ test, fresh }) =>
    [test, fresh].flatMap((each) => (each ? [each.mean, each.low ?? each.mean, each.high ?? each.mean] : [])),
  );
  const largest = Math.max(0, ...ends.map(Math.abs));
  if (largest === 0) return 0.01;
  const decade = 10 ** Math.floor(Math.log10(largest));
  return decade * ([1, 1.5, 2, 3, 5, 7.5, 10].find((step) => step * decade >= largest) ?? 10);
}

interface Props {
  verdict: ArmVerdict | undefined;
  extent: number;
  colour: string;
}

/** A paired difference with its interval, around zero: of fresh rows where there are any, the test rows' below it. */
export function DifferenceBar({ verdict, extent, colour }: Props) {
  const place = (value: number) => WIDTH / 2 + (value / extent) * (WIDTH / 2 - EDGE);
  const main = verdict?.fresh ?? verdict?.test;
  const beside = verdict?.fresh ? verdict.test : null;
  if (!main) return <span className={styles.difference} />;
  return (
    <svg
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className={styles.difference}
      role="img"
      aria-label={barText(verdict?.fresh ? "fresh" : "test", main)}
    >
      <path d={`M${EDGE} ${HEIGHT - 2.5}H${WIDTH - EDGE}`} stroke="var(--rule)" />
      <path d={`M${WIDTH / 2} 1V${HEIGHT - 1}`} stroke="var(--edge)" />
      <Interval difference={main} y={beside ? 7 : 10} place={place} colour={colour} solid />
      {beside && <Interval difference={beside} y={15} place={place} colour={colour} />}
    </svg>
  );
}

/** Scale of the bars: the values at their ends and middle. */
export function DifferenceScale({ extent, score }: { extent: number; score: Score }) {
  const end =
    score === "accuracy" ? String(Number((100 * extent).toPrecision(3))) : String(Number(extent.toPrecision(3)));
  return (
    <svg
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className={styles.difference}
      aria-hidden="true"
    >
      <text x={EDGE} y={HEIGHT - 6}>{`−${end}`}</text>
      <text x={WIDTH / 2} y={HEIGHT - 6} textAnchor="middle">
        0
      </text>
      <text x={WIDTH - EDGE} y={HEIGHT - 6} textAnchor="end">
        {`+${end} ${score === "accuracy" ? "points" : "r²"}`}
      </text>
    </svg>
  );
}

interface IntervalProps {
  difference: Difference;
  y: number;
  place: (value: number) => number;
  colour: string;
  solid?: boolean;
}

function Interval({ difference: { mean, low, high }, y, place, colour, solid }: IntervalProps) {
  const at = place(mean);
  return (
    <g>
      {low !== null && high !== null && (
        <path
          d={`M${place(low).toFixed(1)} ${y}H${place(high).toFixed(1)}`}
          stroke={colour}
          strokeWidth={solid ? 5 : 2}
          strokeOpacity={solid ? 0.4 : 0.8}
        />
      )}
      {solid ? (
        <path d={`M${at.toFixed(1)} ${y - 5}v10`} stroke={colour} strokeWidth="2.5" />
      ) : (
        <circle cx={at} cy={y} r="2.6" fill="var(--ground)" stroke={colour} strokeWidth="1.4" />
      )}
    </g>
  );
}

function barText(set: "fresh" | "test", { mean, low, high }: Difference): string {
  const interval =
    low === null || high === null || !hasWidth({ low, high })
      ? ""
      : `, 95 % interval ${figure(low)} to ${figure(high)}`;
  return `difference on ${set} rows ${figure(mean)}${interval}`;
}
