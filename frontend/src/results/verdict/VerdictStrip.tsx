import { Button, UnstyledButton } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { memo, useEffect } from "react";
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
import { addText, drawsToOffer, isOpenToDraws, looksText, seedsToOffer } from "./looksText";
import { spreadParts } from "./spreadParts";
import { answersText, chanceText, differenceText, effectText, hasWidth, pairsText, promiseText } from "./unitText";
import styles from "./verdict.module.css";

/** Arms whose lines are shown without being asked for. */
const FEW = 4;

interface Props {
  /** Draws of the rows to propose for a new experiment when the runs have ended; 0 for none. */
  draws: number;
  /** Draws that can be added to this one; 0 for none. */
  moreDraws: number;
  /** Words in the headline's place before there is a verdict. */
  unanswered: string;
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
  /** Whether a prediction was written down before the run. */
  predicts: boolean;
  over: boolean;
  onMore: (more: More) => void;
  /** The verdict is on the screen. */
  onAnswer: () => void;
}

/** A sentence for each arm that says whether it differs from the baseline, with the figures behind it. */
export function VerdictStrip({ id, onAnswer, ...shown }: Props) {
  const { data } = useQuery({ ...queries.verdict(id), enabled: id !== "" && shown.arms.some((arm) => arm.n > 0) });
  const isHere = data !== undefined;
  useEffect(() => {
    // A new task after the next frame: then it is painted.
    if (isHere) requestAnimationFrame(() => setTimeout(onAnswer));
  }, [isHere, onAnswer]);
  const [open, { toggle }] = useDisclosure(false);
  return <Strip {...shown} verdict={data ?? null} open={open} onToggle={toggle} />;
}

interface StripProps extends Omit<Props, "id" | "onAnswer"> {
  verdict: VerdictView | null;
  /** Whether the figures behind the sentences are shown. */
  open: boolean;
  onToggle: () => void;
}

const Strip = memo(
  function Strip({
    arms,
    verdict,
    over,
    draws,
    moreDraws,
    unanswered,
    looks,
    planned,
    step,
    unit,
    predicts,
    open,
    onToggle,
    onMore,
  }: StripProps) {
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
    const narrow = useMediaQuery("(max-width: 900px)") ?? false;
    const looked = looksText(looks, planned, unit);
    return (
      <section className={styles.verdict} aria-label="Verdict" data-testid="verdict">
        <div className={styles.headline}>
          <p data-testid="headline" aria-live="polite">
            {unbroken(verdict?.headline ?? unanswered)}
            {looked && (
              <span className={clsx("hint", styles.looks)} data-testid="looks">
                {looked}
              </span>
            )}
          </p>
          {over && verdict && arms.length > 1 && (
            <Further
              seeds={seedsToOffer(verdict.arms, step, looks, planned)}
              binding={verdict.binding}
              unreached={verdict.arms.filter(({ chip }) => chip === "never_reached").map(({ name }) => name)}
              draws={isOpenToDraws(verdict.arms) ? draws : 0}
              moreDraws={drawsToOffer(verdict.arms, moreDraws, looks, planned)}
              diverged={allDiverged(arms)}
              {...{ looks, planned, onMore }}
            />
          )}
          <UnstyledButton
            className="more"
            aria-expanded={open}
            disabled={!verdict}
            onClick={onToggle}
            data-testid="figures-behind"
          >
            {open ? "Hide the figures" : "Figures"}
          </UnstyledButton>
        </div>
        {lines.length <= FEW && !narrow ? (
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
        {predicts && (
          <p className={styles.prediction} data-testid="prediction">
            {verdict?.prediction?.sentence}
          </p>
        )}
        {open && verdict && <VerdictTable verdict={verdict} unit={unit} planned={planned} />}
      </section>
    );
  },
  // Names of arms never change; the sentences come with the verdict.
  (before, after) =>
    before.verdict === after.verdict &&
    before.over === after.over &&
    before.draws === after.draws &&
    before.moreDraws === after.moreDraws &&
    before.unanswered === after.unanswered &&
    before.looks === after.looks &&
    before.planned === after.planned &&
    before.step === after.step &&
    before.unit === after.unit &&
    before.predicts === after.predicts &&
    before.open === after.open &&
    before.onToggle === after.onToggle &&
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

interface FurtherProps extends Pick<Props, "draws" | "moreDraws" | "looks" | "planned" | "onMore"> {
  seeds: number;
  /** Limits that would bind where one was never reached; null for none. */
  binding: VerdictView["binding"];
  /** Names of the arms whose limit was never reached. */
  unreached: readonly string[];
  /** Whether no arm has a score, because all diverged. */
  diverged: boolean;
}

/** Next steps that would make the answer surer: limits that bind, more seeds, or other draws of the rows. */
function Further({ seeds, binding, unreached, draws, moreDraws, diverged, looks, planned, onMore }: FurtherProps) {
  if (diverged) return <span className="hint">Training diverged: try a lower learning rate</span>;
  return (
    <>
      {binding && (
        <Button
          size="compact-sm"
          // One button is the next step: more of the same, where that may still decide.
          variant={seeds > 0 || moreDraws > 0 ? "default" : "filled"}
          onClick={() => onMore({ arms: { arms: binding.arms, replaced: unreached } })}
          title="Sets up a new experiment with limits at half, 70 % and 90 % of the norm that the weights ended with"
          data-testid="binding"
        >
          Try limits {binding.limits.map((limit) => limit.toString()).join(", ")}
        </Button>
      )}
      {seeds > 0 && (
        <Button
          size="compact-sm"
          onClick={() => onMore({ seeds })}
          title="Trains every arm of this experiment with so many further seeds, and judges them together with those it has"
          data-testid="more"
        >
          {addText(seeds, "seed", looks, planned)}
        </Button>
      )}
      {moreDraws > 0 && (
        <Button
          size="compact-sm"
          onClick={() => onMore({ moreDraws })}
          title="Trains every arm of this experiment on so many further draws of the rows, and judges them together with those it has"
          data-testid="more-draws"
        >
          {addText(moreDraws, "draw", looks, planned)}
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
  const gained = (value: number | null) =>
    differenceText(value === null ? null : points ? 100 * value : value, points ? 2 : 3);
  const unit = points ? " points" : " in r²";
  const varying = verdict.arms.flatMap(({ name, parts }) => {
    const words = spreadParts(parts, (value) => `${size(value)}${unit}`, counted);
    return words === null ? [] : [{ arm: name, words }];
  });
  return (
    <div data-testid="behind">
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
              <th scope="col">Test</th>
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
                <td className={tableStyles.number}>{gained(difference.mean)}</td>
                <td className={tableStyles.number}>
                  {hasWidth(difference) ? `${gained(difference.low)} to ${gained(difference.high)}` : "–"}
                </td>
                <td>{difference.test}</td>
                <td className={tableStyles.number}>{chanceText(difference.p, difference)}</td>
                <td className={tableStyles.number}>{chanceText(difference.p_holm, difference)}</td>
                <td className={tableStyles.number}>{effectText(difference)}</td>
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
        {answersText(
          rows.map(({ difference }) => difference),
          counted,
        )}{" "}
        Differences are arm minus {verdict.baseline}, paired by {counted}; Holm’s p is corrected for there being several
        arms.
        {verdict.fresh_rows !== null && " In the bars above, the line marks fresh rows, the circle test rows."}{" "}
        {promiseText(counted, planned)}
      </p>
    </div>
  );
}

function rowsText({ rows }: Difference, set: string): string {
  return `${rows === null ? "" : `${count(rows)} `}${set} rows`;
}
