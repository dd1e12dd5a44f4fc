import { Button } from "@mantine/core";
import { memo } from "react";
import type { ArmVerdict, Difference, VerdictView } from "../../api/types";
import { armColour } from "../../charts/palette";
import { count, figure, plural } from "../../format";
import type { ArmState } from "../../state/arms";
import type { ExperimentData } from "../../state/experimentData";
import { useGrowing } from "../../state/useGrowing";
import { useScheme } from "../../ui/scheme";
import tableStyles from "../../ui/table.module.css";
import { DifferenceBar, DifferenceScale, differenceExtent } from "./DifferenceBar";
import styles from "./verdict.module.css";

/** Arms whose sentences are shown without being asked for. */
const FEW = 8;

const KEY = "verdict";

interface Props {
  arms: readonly ArmState[];
  data: ExperimentData;
  over: boolean;
  onMore: (seeds: number) => void;
}

/** Whether each arm differs from the baseline, in a sentence, with the figures that it rests on. */
export function VerdictStrip({ arms, data, over, onMore }: Props) {
  const done = arms.reduce((sum, arm) => sum + arm.n, 0);
  const asked = data.id !== "" && done > 0;
  const answers = useGrowing(data.verdict, asked ? [[KEY, `${done} ${over}`]] : []);
  return <Strip arms={arms} verdict={answers.get(KEY)?.value ?? null} over={over} onMore={onMore} />;
}

interface StripProps {
  arms: readonly ArmState[];
  verdict: VerdictView | null;
  over: boolean;
  onMore: (seeds: number) => void;
}

const Strip = memo(
  function Strip({ arms, verdict, over, onMore }: StripProps) {
    const scheme = useScheme();
    const reach = differenceExtent(verdict?.arms ?? []);
    const lines = arms.map(({ name, index }) => {
      const told = verdict?.arms.find((arm) => arm.name === name);
      return (
        <li key={name} data-testid={`verdict:${name}`} data-claim={told?.claim}>
          <span className="swatch" style={{ background: armColour(index, scheme) }} aria-hidden="true" />
          <p>{told ? <Sentence told={told} /> : <span className="hint">{`${name}: no figures yet`}</span>}</p>
          {told?.baseline && arms.length > 1 && verdict ? (
            <DifferenceScale reach={reach} score={verdict.score} />
          ) : (
            <DifferenceBar told={told} reach={reach} colour={armColour(index, scheme)} />
          )}
          {over && told?.more_seeds ? <More seeds={told.more_seeds} onMore={onMore} arm={name} /> : <span />}
        </li>
      );
    });
    const few = lines.length <= FEW;
    return (
      <section
        className={styles.verdict}
        aria-label="Verdict"
        data-testid="verdict"
        data-told={verdict !== null || undefined}
      >
        {few ? (
          <ul>{lines}</ul>
        ) : (
          <details>
            <summary>{summaryWords(verdict, arms.length)}</summary>
            <ul>{lines}</ul>
          </details>
        )}
        {verdict?.prediction && (
          <p className={styles.prediction} data-testid="prediction">
            {verdict.prediction.sentence}
          </p>
        )}
        {verdict && <Behind verdict={verdict} />}
      </section>
    );
  },
  // What an arm is called stays; the sentences come with the verdict.
  (before, after) =>
    before.verdict === after.verdict &&
    before.over === after.over &&
    before.onMore === after.onMore &&
    before.arms.length === after.arms.length &&
    before.arms.every((arm, i) => arm.name === after.arms[i]?.name),
);

/** The sentence, with the arm's name at its head where it does not begin with it. */
function Sentence({ told: { name, sentence } }: { told: ArmVerdict }) {
  if (sentence.startsWith(name)) {
    return (
      <>
        <strong>{name}</strong>
        {sentence.slice(name.length)}
      </>
    );
  }
  return (
    <>
      <strong>{name}</strong>: {sentence}
    </>
  );
}

function More({ seeds, arm, onMore }: { seeds: number; arm: string; onMore: (seeds: number) => void }) {
  return (
    <Button
      size="compact-xs"
      variant="default"
      onClick={() => onMore(seeds)}
      title="Runs the experiment anew, with the seeds that it had and these. Each such look makes a false claim likelier"
      data-testid={`more:${arm}`}
    >
      Run {plural(seeds, "more seed")}
    </Button>
  );
}

const CLAIMS = [
  ["better", "better"],
  ["worse", "worse"],
  ["undecided", "not distinguishable"],
  ["too_few", "with too few runs"],
] as const;

/** "25 arms: 3 better, 1 worse, 20 not distinguishable from baseline". */
function summaryWords(verdict: VerdictView | null, arms: number): string {
  if (!verdict) return `${plural(arms, "arm")}: no figures yet`;
  const parts = CLAIMS.flatMap(([claim, words]) => {
    const those = verdict.arms.filter((arm) => arm.claim === claim).length;
    return those ? [`${count(those)} ${words}`] : [];
  });
  return `${plural(verdict.arms.length, "arm")}, against ${verdict.baseline}: ${parts.join(", ")}`;
}

/** The figures behind the sentences. */
function Behind({ verdict }: { verdict: VerdictView }) {
  const rows = verdict.arms.flatMap((arm) =>
    (["fresh", "test"] as const).flatMap((set) => {
      const told = arm[set];
      return told ? [{ arm: arm.name, set, told }] : [];
    }),
  );
  if (rows.length === 0) return null;
  const points = verdict.score === "accuracy";
  const size = (value: number | null) => figure(value === null ? null : points ? 100 * value : value, points ? 2 : 3);
  return (
    <details data-testid="behind">
      <summary>Figures behind this</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label="Figures behind the verdict">
        <table className={tableStyles.table}>
          <thead>
            <tr>
              <th scope="col">Arm</th>
              <th scope="col">Judged on</th>
              <th scope="col" className={tableStyles.number}>
                Difference {points ? "in points" : "in r²"}
              </th>
              <th scope="col" className={tableStyles.number}>
                95 % interval
              </th>
              <th scope="col" className={tableStyles.number}>
                p
              </th>
              <th scope="col" className={tableStyles.number}>
                p (Holm)
              </th>
              <th scope="col" className={tableStyles.number}>
                Effect size
              </th>
              <th scope="col">Pairs</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ arm, set, told }) => (
              <tr key={`${arm} ${set}`}>
                <th scope="row">{arm}</th>
                <td>{rowsWords(told, set)}</td>
                <td className={tableStyles.number}>{signed(size(told.mean))}</td>
                <td className={tableStyles.number}>
                  {told.low === null ? "–" : `${signed(size(told.low))} to ${signed(size(told.high))}`}
                </td>
                <td className={tableStyles.number}>{chance(told.p)}</td>
                <td className={tableStyles.number}>{chance(told.p_holm)}</td>
                <td className={tableStyles.number}>{figure(told.effect, 2)}</td>
                <td>{pairsWords(told)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className="hint">
        Differences are arm minus {verdict.baseline}, paired by seed; Holm’s p is corrected for there being several
        arms.
        {verdict.fresh_rows !== null && " In the bars above the upright mark is of fresh rows, the ring of test rows."}{" "}
        A false claim comes at most once in 20 studies where the number of seeds was settled before. Who adds seeds
        until something shows will meet it more often.
      </p>
    </details>
  );
}

function rowsWords({ rows }: Difference, set: string): string {
  return `${rows === null ? "" : `${count(rows)} `}${set} rows`;
}

function pairsWords({ kind, n, rows }: Difference): string {
  return kind === "seeds" || rows === null ? plural(n, "seed") : `${count(rows)} rows of one seed`;
}

function chance(p: number | null): string {
  if (p === null) return "–";
  return p < 0.0005 ? "< 0.001" : figure(p);
}

function signed(words: string): string {
  return /^[1-9]|^0\.0*[1-9]/.test(words) ? `+${words}` : words;
}
