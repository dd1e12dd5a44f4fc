import clsx from "clsx";
import { useMemo } from "react";
import { Link } from "wouter";
import type { SuiteArm, SuiteDatasetVerdict, SuiteVerdict, SuiteView } from "../../api/types";
import { Plot } from "../../charts/Plot";
import { armColour } from "../../charts/palette";
import { useWidth } from "../../charts/useWidth";
import { figure, scoreTitle, unbroken } from "../../format";
import { useScheme } from "../../ui/scheme";
import tableStyles from "../../ui/table.module.css";
import { chipText } from "../claims";
import { StatusBadge } from "../StatusBadge";
import { improvementFigure, improvementHeight } from "./improvement";
import { RankDiagram } from "./RankDiagram";
import styles from "./suite.module.css";
import { drawsText, ranksText, shortRank } from "./suiteText";

/** Answers of a suite: sentences, mean ranks, the data sets one by one, and probabilities of improvement. */
export function SuiteResults({ view, verdict }: { view: SuiteView; verdict: SuiteVerdict }) {
  return (
    <>
      <section aria-label="Verdict" className={styles.section}>
        <p className={styles.sentence} data-testid="suite-headline">
          {unbroken(verdict.headline)}
        </p>
        <ul className={styles.arms}>
          {verdict.arms.map((arm, index) => (
            <Arm key={arm.name} arm={arm} index={index} />
          ))}
        </ul>
        {verdict.scope && <p className={clsx("hint", styles.scope)}>{verdict.scope}.</p>}
      </section>
      {verdict.friedman && (
        <section aria-label="Mean ranks" className={styles.section}>
          <h2>Mean ranks</h2>
          <RankDiagram verdict={verdict} />
          <p className="hint">{ranksText(verdict.friedman, verdict.groups.length > 0)}</p>
        </section>
      )}
      <section aria-label="Data sets" className={styles.section}>
        <h2>Data sets</h2>
        <DatasetTable view={view} verdict={verdict} />
      </section>
      <Improvement verdict={verdict} />
    </>
  );
}

function Arm({ arm, index }: { arm: SuiteArm; index: number }) {
  const scheme = useScheme();
  const sentence = unbroken(arm.sentence);
  return (
    <li data-testid={`suite-arm:${arm.name}`}>
      <span className="swatch" style={{ background: armColour(index, scheme) }} aria-hidden="true" />
      <p>
        <strong>{arm.name}</strong>
        {sentence.slice(arm.name.length)}
      </p>
      {arm.chip && (
        <span className={styles.chip} data-chip={arm.chip}>
          {chipText(arm)}
        </span>
      )}
    </li>
  );
}

function DatasetTable({ view, verdict }: { view: SuiteView; verdict: SuiteVerdict }) {
  const scheme = useScheme();
  return (
    <div className="scrolls">
      <table className={clsx(tableStyles.table, styles.datasets)} data-testid="suite-datasets">
        <thead>
          <tr>
            <th scope="col">Data set</th>
            {verdict.arms.map(({ name }, index) => (
              <th scope="col" key={name} className={tableStyles.number}>
                <span className="swatch" style={{ background: armColour(index, scheme) }} aria-hidden="true" />
                {name}
              </th>
            ))}
            <th scope="col">Answer</th>
          </tr>
        </thead>
        <tbody>
          {verdict.datasets.map((dataset, index) => (
            <Row key={dataset.name} dataset={dataset} experiment={view.experiments[index]} arms={verdict.arms} />
          ))}
          <Means verdict={verdict} />
        </tbody>
      </table>
      <p className="hint">
        {scoreTitle(verdict.score)}, mean over seeds, on new rows where the data set can be drawn anew, else on the test
        rows. Below it the rank; the best is bold. {drawsText(verdict.datasets)}
      </p>
    </div>
  );
}

interface RowProps {
  dataset: SuiteDatasetVerdict;
  experiment: SuiteView["experiments"][number] | undefined;
  arms: readonly SuiteArm[];
}

/** A data set; where there is little room, its answer stands in a row of its own. */
function Row({ dataset, experiment, arms }: RowProps) {
  const answer = (
    <>
      {dataset.sentence}
      {dataset.status === "running" && <Progress experiment={experiment} />}
    </>
  );
  return (
    <>
      <tr>
        <th scope="row">
          {dataset.experiment ? <Link href={`/experiments/${dataset.experiment}`}>{dataset.name}</Link> : dataset.name}
          {dataset.status && dataset.status !== "finished" && <StatusBadge status={dataset.status} />}
          {dataset.majority != null && (
            <span className="hint" title="Accuracy of always saying the most frequent class">
              majority {figure(dataset.majority)}
            </span>
          )}
        </th>
        {arms.map(({ name }, arm) => (
          <Cell key={name} dataset={dataset} arm={arm} />
        ))}
        <td className={styles.answer}>{answer}</td>
      </tr>
      <tr className={styles.below}>
        <td colSpan={arms.length + 1}>
          <div>{answer}</div>
        </td>
      </tr>
    </>
  );
}

function Progress({ experiment }: { experiment: SuiteView["experiments"][number] | undefined }) {
  if (!experiment?.runs) return null;
  return <span className="hint">{` (${experiment.runs_ended ?? 0} of ${experiment.runs} runs)`}</span>;
}

/** Mean score and rank of an arm on a data set. */
function Cell({ dataset, arm }: { dataset: SuiteDatasetVerdict; arm: number }) {
  const score = dataset.scores[arm];
  const best = Math.min(...dataset.scores.map(({ rank }) => rank ?? Number.POSITIVE_INFINITY));
  const isBest = score?.rank != null && score.rank === best;
  return (
    <td className={clsx(tableStyles.number, isBest && styles.best)}>
      {figure(score?.mean)}
      {score?.rank != null && <span className={styles.rank}>{shortRank(score.rank)}</span>}
    </td>
  );
}

function Means({ verdict }: { verdict: SuiteVerdict }) {
  if (verdict.n < 2) return null;
  return (
    <>
      <tr className={styles.means}>
        <th scope="row">Mean</th>
        {verdict.arms.map(({ name, mean, mean_rank: rank }) => (
          <td key={name} className={tableStyles.number}>
            {figure(mean)}
            <span className={styles.rank}>{figure(rank, 2)}</span>
          </td>
        ))}
        <td className={styles.answer}>of the scores; below it the mean rank, an arm’s place averaged over data sets</td>
      </tr>
      <tr>
        <th scope="row">Middle half (interquartile mean)</th>
        {verdict.arms.map(({ name, iqm }) => (
          <td key={name} className={tableStyles.number}>
            {figure(iqm?.value)}
            {iqm?.low != null && (
              <span className={clsx(styles.rank, styles.interval)}>{`${figure(iqm.low)} to ${figure(iqm.high)}`}</span>
            )}
          </td>
        ))}
        <td className={styles.answer}>
          mean without the best and the worst quarter of all runs, with its 95 % interval
        </td>
      </tr>
    </>
  );
}

function estimateText(estimate: SuiteArm["iqm"]): string {
  if (!estimate) return "–";
  const { value, low, high } = estimate;
  return low === null ? figure(value) : `${figure(value)} (${figure(low)} to ${figure(high)})`;
}

function Improvement({ verdict }: { verdict: SuiteVerdict }) {
  const scheme = useScheme();
  const [ref, width] = useWidth<HTMLDivElement>();
  const drawn = useMemo(
    () => (width ? improvementFigure(verdict.arms, { width: Math.min(width, 720), scheme }) : null),
    [verdict, width, scheme],
  );
  const shown = verdict.arms.filter(({ improvement }) => improvement);
  if (shown.length === 0) return null;
  const words = shown.map(({ name, improvement }) => `${name} ${estimateText(improvement)}`).join("; ");
  return (
    <section aria-label="Probability of improvement" className={styles.section}>
      <h2>Probability of improvement</h2>
      <p className="hint">
        How likely one run of the arm scores higher than one of {verdict.baseline}, on these data sets; 50 % is even.
        Lines are 95 % intervals.
      </p>
      <div ref={ref} style={{ minHeight: improvementHeight(shown.length) }} data-testid="improvement">
        {drawn && <Plot figure={drawn} label={`Probability of improvement: ${words}`} />}
      </div>
    </section>
  );
}
