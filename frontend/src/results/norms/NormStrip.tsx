import { MARGIN } from "../../charts/plotLayout";
import { useMarked } from "../hover";
import { ZERO } from "./norms";
import styles from "./norms.module.css";

const HEIGHT = 46;
const TOP = 16;

interface Props {
  title: string;
  /** The strip in a sentence. */
  label: string;
  epoch: readonly number[];
  values: readonly number[];
  /** Values at the strip's lower and upper edge, and their labels. Logarithmic when the lower one is above 0. */
  range: readonly [foot: number, head: number];
  ends: readonly [foot: string, head: string];
  epochs: readonly [number, number];
  log: boolean;
  width: number;
  colour: string;
}

/** A thin chart on the epochs of the one above it. */
export function NormStrip({ title, label, epoch, values, range, ends, epochs, log, width, colour }: Props) {
  const marked = useMarked();
  const [from, to] = epochs;
  const span = width - MARGIN.left - MARGIN.right;
  const of = log ? (value: number) => Math.log(Math.max(value, ZERO)) : (value: number) => value;
  const x = (value: number) => MARGIN.left + (span * (of(value) - of(from))) / (of(to) - of(from));
  const [foot, head] = range;
  const up = (value: number) =>
    foot > 0 ? Math.log(Math.max(value, foot) / foot) / Math.log(head / foot) : (value - foot) / (head - foot);
  const y = (value: number) => HEIGHT - 1 - (HEIGHT - TOP - 2) * Math.min(1, up(value));
  // No value at epoch 0, before the first projection, or after the weight has diverged.
  const known = epoch.flatMap((each, i) => (Number.isFinite(values[i]) ? [[each, values[i] as number] as const] : []));
  const line = known.length
    ? `M${known.map(([at, value]) => `${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("L")}`
    : "";
  const [first, last] = [known[0]?.[0] ?? 0, known.at(-1)?.[0] ?? 0];
  return (
    <svg width={width} height={HEIGHT} className={styles.strip} role="img" aria-label={label}>
      <path d={`M${MARGIN.left} ${HEIGHT - 0.5}h${span}M${MARGIN.left} ${TOP + 0.5}h${span}`} stroke="var(--rule)" />
      {line && (
        <path d={`${line}L${x(last)} ${HEIGHT - 1}L${x(first)} ${HEIGHT - 1}Z`} fill={colour} fillOpacity="0.18" />
      )}
      <path d={line} fill="none" stroke={colour} strokeWidth="1.4" strokeLinejoin="round" />
      {marked !== null && <path d={`M${x(marked).toFixed(1)} ${TOP}V${HEIGHT}`} stroke="var(--edge)" />}
      <text x={MARGIN.left} y="11">
        {title}
      </text>
      <text x={MARGIN.left - 5} y={TOP + 5} textAnchor="end" className="tabular">
        {ends[1]}
      </text>
      <text x={MARGIN.left - 5} y={HEIGHT - 2} textAnchor="end" className="tabular">
        {ends[0]}
      </text>
    </svg>
  );
}
