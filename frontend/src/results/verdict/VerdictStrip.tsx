import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { memo } from "react";
import type { ArmVerdict, Difference, Score, VerdictView } from "../../api/types";
import { armColour } from "../../charts/palette";
import type { More, Unit } from "../../experiment/replicates";
import { count, figure, plural, unbroken } from "../../format";
import type { ArmState } from "../../state/arms";
import { queries } from "../../state/queries";
import { useScheme } from "../../ui/scheme";
import tableStyles from "../../ui/table.module.css";
import { chipText, figureText, summaryText } from "../claims";
import { allDiverged } from "../divergedText";
import { DifferenceBar, DifferenceScale, differenceExtent } from "./DifferenceBar";
import { addText, looksText, seedsToOffer } from "./looksText";
import { spreadParts } from "./spreadParts";
import { pairsText, promiseText } from "./unitText";
import styles from "./verdict.module.css";

/** Arms whose lines are shown without being asked for. */
const FEW = 4;
const WAITING = "The answer comes with the first results";

interface Props {
  /** Draws of the rows to propose when the runs have ended; 0 for none. */
  draws: number;
  /** The experiment's id; empty until it is created. */
  id: string;
  arms: readonly ArmState[];
  /** How often its runs were judged: once, and after each addition of seeds. */
  looks: number;
  /** How often they were planned to be; null without a plan. */
  planned: number | null;
  /** Seeds to propose for the next of the planned looks; 0 where they don't fit. */
  step: number;
  /** What the experiment's answer counts. */
  unit: Unit;
  over: boolean;
  onMore: (more: More) => void;
}

/** A sentence for each arm that says whether it differs from the baseline, with the figures behind it. */
export function VerdictStrip({ id, ...shown }: Props) {
  const { data } = useQuery({ ...queries.verdict(id), enabled: id !== "" && shown.arms.some((arm) => arm.n > 0) });
  return <Strip {...shown} verdict={data ?? null} />;
}

interface StripProps extends Omit<Props, "id"> {
  verdict: VerdictView | null;
}

const Strip = memo(
  function Strip({ arms, verdict, over, draws, looks, planned, step, unit, onMore }: StripProps) {
    const extent = differenceExtent(verdict?.arms ?? []);
    const lines = arms.map(({ name, hue }) => (
      <ArmLine
        key={name}
        name={name}
        hue={hue}
        verdict={verdict?.arms.find((arm) => arm.name === name)}
        scale={arms.length > 1 && verdict ? { extent, score: verdict.score } : null}
      />
    ));
    const looked = looksText(looks, planned);
    return (
      <section className={styles.verdict} aria-label="Verdict" data-testid="verdict">
        <div className={styles.headline}>
          <p data-testid="headline" aria-live="polite">
            {unbroken(verdict?.headline ?? WAITING)}
          </p>
          {over && verdict && arms.length > 1 && (
            <Further
              seeds={seedsToOffer(moreSeeds(verdict.arms), step, looks, planned)}
              draws={draws}
              diverged={allDiverged(arms)}
              {...{ looks, planned, onMore }}
            />
          )}
        </div>
        {lines.length <= FEW ? (
          <ul>{lines}</ul>
        ) : (
          <details>
            <summary>
              {verdict
                ? summaryText(verdict.arms, verdict.baseline, unit)
                : `${plural(arms.length, "arm")}: no figures yet`}
            </summary>
            <ul>{lines}</ul>
          </details>
        )}
        {looked && (
          <p className="hint" data-testid="looks">
            {looked}
          </p>
        )}
        {verdict?.prediction && (
          <p className={styles.prediction} data-testid="prediction">
            {verdict.prediction.sentence}
          </p>
        )}
        {verdict && <VerdictTable verdict={verdict} unit={unit} planned={planned} />}
      </section>
    );
  },
  // Names of arms never change; the sentences come with the verdict.
  (before, after) =>
    before.verdict === after.verdict &&
    before.over === after.over &&
    before.draws === after.draws &&
    before.looks === after.looks &&
    before.planned === after.planned &&
    before.step === after.step &&
    before.unit === after.unit &&
    before.onMore === after.onMore &&
    before.arms.length === after.arms.length &&
    before.arms.every((arm, i) => arm.name === after.arms[i]?.name),
);

interface ArmLineProps {
  name: string;
  hue: number;
  verdict: ArmVerdict | undefined;
  /** What the bars share; null while there is nothing to compare. */
  scale: { extent: number; score: Score } | null;
}

/** One arm in a line: chip, figure and bar; opened, the whole sentence. */
function ArmLine({ name, hue, verdict, scale }: ArmLineProps) {
  const scheme = useScheme();
  const colour = armColour(hue, scheme);
  return (
    <li data-testid={`verdict:${name}`}>
      <details>
        <summary className={styles.arm}>
          <span className="swatch" style={{ background: colour }} aria-hidden="true" />
          <strong>{name}</strong>
          {verdict?.chip ? (
            <span className={styles.chip} data-chip={verdict.chip}>
              {chipText(verdict)}
            </span>
          ) : (
            <span />
          )}
          <span className={styles.figure}>{figureText(verdict)}</span>
          {verdict?.baseline && scale ? (
            <DifferenceScale extent={scale.extent} score={scale.score} />
          ) : (
            <DifferenceBar verdict={verdict} extent={scale?.extent ?? 0.01} colour={colour} />
          )}
        </summary>
        {verdict && <p>{unbroken(verdict.sentence)}</p>}
      </details>
    </li>
  );
}

interface FurtherProps extends Pick<Props, "draws" | "looks" | "planned" | "onMore"> {
  seeds: number;
  /** Whether no arm has a score, because all diverged. */
  diverged: boolean;
}

/** What would make the answer surer: more seeds, or other draws of the rows. */
function Further({ seeds, draws, diverged, looks, planned, onMore }: FurtherProps) {
  if (diverged) return <span className="hint">Training diverged: try a lower learning rate</span>;
  return (
    <>
      {seeds > 0 && (
        <Button
          size="compact-sm"
          onClick={() => onMore({ seeds })}
          title="Trains every arm of this experiment with so many further seeds, and judges them together with those it has"
          data-testid="more"
        >
          {addText(seeds, looks, planned)}
        </Button>
      )}
      {draws > 1 && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => onMore({ draws })}
          title="All of this is about one draw of the training rows. Others may answer otherwise"
          data-testid="draws"
        >
          Try it on {plural(draws, "other draw")}
        </Button>
      )}
    </>
  );
}

/** Seeds to add so that every arm that needs more has enough; 0 where none does. */
export function moreSeeds(arms: readonly Pick<ArmVerdict, "more_seeds">[]): number {
  return Math.max(0, ...arms.map((arm) => arm.more_seeds ?? 0));
}

interface TableProps extends Pick<Props, "unit" | "planned"> {
  verdict: VerdictView;
}

/** The figures behind the sentences. */
function VerdictTable({ verdict, unit: counted, planned }: TableProps) {
  const rows = verdict.arms.flatMap((arm) =>
    (["fresh", "test"] as const).flatMap((set) => {
      const difference = arm[set];
      return difference ? [{ arm: arm.name, set, difference }] : [];
    }),
  );
  if (rows.length === 0) return null;
  const points = verdict.score === "accuracy";
  const size = (value: number | null) => figure(value === null ? null : points ? 100 * value : value, points ? 2 : 3);
  const unit = points ? " points" : " in r²";
  const varying = verdict.arms.flatMap(({ name, parts }) => {
    const words = spreadParts(parts, (value) => `${size(value)}${unit}`, counted);
    return words === null ? [] : [{ arm: name, words }];
  });
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
            {rows.map(({ arm, set, difference }) => (
              <tr key={`${arm} ${set}`}>
                <th scope="row">{arm}</th>
                <td>{rowsText(difference, set)}</td>
                <td className={tableStyles.number}>{signed(size(difference.mean))}</td>
                <td className={tableStyles.number}>
                  {difference.low === null
                    ? "–"
                    : `${signed(size(difference.low))} to ${signed(size(difference.high))}`}
                </td>
                <td className={tableStyles.number}>{chance(difference.p)}</td>
                <td className={tableStyles.number}>{chance(difference.p_holm)}</td>
                <td className={tableStyles.number}>{figure(difference.effect, 2)}</td>
                <td>{pairsText(difference, counted)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {varying.length > 0 && (
        <div data-testid="spread-parts">
          {varying.map(({ arm, words }) => (
            <p className="hint" key={arm}>
              {arm}: its difference varies by {words}.
            </p>
          ))}
        </div>
      )}
      <p className="hint">
        Differences are arm minus {verdict.baseline}, paired by {counted}; Holm’s p is corrected for there being several
        arms.
        {verdict.fresh_rows !== null && " In the bars above, the line marks fresh rows, the circle test rows."}{" "}
        {promiseText(counted, planned)}
      </p>
    </details>
  );
}

function rowsText({ rows }: Difference, set: string): string {
  return `${rows === null ? "" : `${count(rows)} `}${set} rows`;
}

function chance(p: number | null): string {
  if (p === null) return "–";
  return p < 0.0005 ? "<\u00a00.001" : figure(p);
}

function signed(text: string): string {
  return /^[1-9]|^0\.0*[1-9]/.test(text) ? `+${text}` : text;
}
