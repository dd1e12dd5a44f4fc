import type { SuiteVerdict } from "../../api/types";
import { figure } from "../../format";

/** Pixels above the axis, where the critical difference is drawn. */
const AXIS = 46;
/** Pixels between two bars of arms that are not told apart. */
const BAR = 8;
/** Pixels between two names. */
const LINE = 22;
/** Pixels of a character, about. */
const CHARACTER = 6.6;

export interface Label {
  /** The arm's number. */
  arm: number;
  text: string;
  anchor: "start" | "end";
  x: number;
  y: number;
  /** The line from the axis to the name. */
  path: string;
}

export interface RankDiagram {
  width: number;
  height: number;
  axis: { y: number; from: number; to: number };
  ticks: { x: number; text: string }[];
  /** The critical difference, from the best rank on. */
  critical: { from: number; to: number; text: string };
  /** Bars that join arms that are not told apart. */
  bars: { y: number; from: number; to: number }[];
  labels: Label[];
}

/**
 * The critical-difference diagram of Demšar (2006, figure 1), with the best arm at the left; null before there are
 * ranks on two data sets.
 */
export function rankDiagram(
  verdict: Pick<SuiteVerdict, "arms" | "groups" | "critical_difference">,
  width: number,
): RankDiagram | null {
  const { arms, groups, critical_difference: critical } = verdict;
  const ranks = arms.map((arm) => arm.mean_rank);
  if (critical === null || width <= 0 || !ranks.every((rank) => rank !== null)) return null;
  const longest = Math.max(...arms.map(({ name }) => name.length)) + 5;
  const side = Math.min(longest * CHARACTER + 14, width * 0.36);
  const shown = Math.max(4, Math.floor((side - 14) / CHARACTER) - 5);
  const place = (rank: number) => side + ((rank - 1) / Math.max(1, arms.length - 1)) * (width - 2 * side);
  const of = (arm: number) => ranks[arm] as number;

  const order = arms.map((_, arm) => arm).sort((a, b) => of(a) - of(b));
  const half = Math.ceil(order.length / 2);
  const below = AXIS + 14 + BAR * groups.length;
  const label = (anchor: Label["anchor"]) => (arm: number, row: number) => {
    const [x, y] = [anchor === "end" ? side - 6 : width - side + 6, below + LINE * row];
    const name = arms[arm]?.name ?? "";
    const short = name.length > shown ? `${name.slice(0, shown - 1)}…` : name;
    return {
      arm,
      text: `${short} ${figure(of(arm), 2)}`,
      anchor,
      x: anchor === "end" ? x - 4 : x + 4,
      y: y + 4,
      path: `M${place(of(arm)).toFixed(1)} ${AXIS}V${y}H${x.toFixed(1)}`,
    };
  };
  const numbers = new Map(arms.map(({ name }, arm) => [name, arm]));
  return {
    width,
    height: below + LINE * (half - 1) + 14,
    axis: { y: AXIS, from: side, to: width - side },
    ticks: arms.map((_, index) => ({ x: place(index + 1), text: String(index + 1) })),
    critical: {
      from: side,
      to: Math.min(place(1 + critical), width - 2),
      text: figure(critical, 2),
    },
    bars: groups.map((group, index) => {
      const within = group.map((name) => of(numbers.get(name) as number));
      return { y: AXIS + 8 + BAR * index, from: place(Math.min(...within)), to: place(Math.max(...within)) };
    }),
    labels: [...order.slice(0, half).map(label("end")), ...order.slice(half).reverse().map(label("start"))],
  };
}
