import type { SuiteVerdict } from "../../api/types";
import { armColour } from "../../charts/palette";
import { useWidth } from "../../charts/useWidth";
import { figure } from "../../format";
import { useScheme } from "../../ui/scheme";
import { rankDiagram } from "./rankDiagram";
import styles from "./suite.module.css";

const WIDEST = 720;

/** Mean ranks on an axis; arms that they don't tell apart are joined by a bar. */
export function RankDiagram({ verdict }: { verdict: SuiteVerdict }) {
  const scheme = useScheme();
  const [ref, width] = useWidth<HTMLDivElement>();
  const drawn = rankDiagram(verdict, Math.min(width, WIDEST));
  const words = verdict.arms.map(({ name, mean_rank: rank }) => `${name} ${figure(rank, 2)}`).join(", ");
  return (
    <div ref={ref}>
      {drawn && (
        <svg
          width={drawn.width}
          height={drawn.height}
          className={styles.ranks}
          role="img"
          aria-label={`Mean ranks: ${words}`}
          data-testid="rank-diagram"
        >
          <path d={`M${drawn.axis.from} ${drawn.axis.y}H${drawn.axis.to}`} className={styles.ink} />
          {drawn.ticks.map(({ x, text }) => (
            <g key={text}>
              <path d={`M${x.toFixed(1)} ${drawn.axis.y}v-5`} className={styles.ink} />
              <text x={x} y={drawn.axis.y - 9} textAnchor="middle">
                {text}
              </text>
            </g>
          ))}
          <Critical {...drawn.critical} />
          {drawn.bars.map(({ y, from, to }) => (
            <path key={y} d={`M${from - 3} ${y}H${to + 3}`} className={styles.bar} />
          ))}
          {drawn.labels.map(({ arm, text, anchor, x, y, path }) => (
            <g key={arm}>
              <path d={path} fill="none" stroke={armColour(arm, scheme)} strokeWidth="1.5" />
              <text x={x} y={y} textAnchor={anchor} className={styles.name}>
                <title>{verdict.arms[arm]?.name}</title>
                {text}
              </text>
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}

function Critical({ from, to, text }: { from: number; to: number; text: string }) {
  return (
    <>
      <path d={`M${from} 15v-6M${from} 12H${to}M${to} 15v-6`} className={styles.ink} />
      <text x={from - 6} y={16} textAnchor="end">
        <title>Critical difference: mean ranks further apart than this differ</title>
        CD {text}
      </text>
    </>
  );
}
