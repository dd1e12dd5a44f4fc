import { memo } from "react";
import type { ExperimentView, Score } from "../../api/types";
import { armColour } from "../../charts/palette";
import { count, duration, figure, scoreName, spreadText } from "../../format";
import type { ArmState, Spread, WeightSummary } from "../../state/arms";
import { type RunState, runKey } from "../../state/fold";
import { useScheme } from "../../ui/scheme";
import tableStyles from "../../ui/table.module.css";
import { divergedText } from "../divergedText";
import { earlyStopText } from "../earlyStopText";
import { Folded } from "../Folded";
import { oneClassText } from "../oneClassText";
import { StatusBadge } from "../StatusBadge";
import viewStyles from "../view.module.css";
import { ColumnsMenu } from "./ColumnsMenu";
import { type Column, METRICS, SETS } from "./columns";
import styles from "./tables.module.css";
import { useColumns } from "./useColumns";

const NO_SPREAD = { mean: null, sd: null };

/** The figures of the runs that finished, or else those that the arm had when it was stopped. */
function reportedOf(arm: ArmState): Pick<ArmState, "figures" | "gap"> {
  return arm.unfinished ?? arm;
}

/** A figure of the arm; "diverged" where it has none for that reason. */
function figuresOf(arm: ArmState, spread: Spread = NO_SPREAD, digits = 3): string {
  return spread.mean === null && divergedText(arm) ? "diverged" : spreadText(spread, digits);
}

/** An arm's figure in a column. */
function cellText(arm: ArmState, { id, metric }: Column, score: Score): string | number {
  const { figures, gap } = reportedOf(arm);
  if (metric) return figuresOf(arm, arm.metrics[metric[0]]?.[metric[1]]);
  switch (id) {
    case `train_${score}`:
      return figuresOf(arm, figures.train_score);
    case `test_${score}`:
      return figuresOf(arm, figures.test_score);
    case "gap":
      return figuresOf(arm, gap);
    case "train_loss":
      return figuresOf(arm, figures.train_loss, 4);
    case "test_loss":
      return figuresOf(arm, figures.test_loss);
    case "n":
      return arm.unfinished ? "–" : arm.n;
    default:
      return figure(arm.seconds, 2);
  }
}

const SCORED = ["train", "test", "validation", "holdout"] as const;

/** Accuracy of always saying one class, in the columns of the score. */
function majorityText(id: string, majority: NonNullable<ExperimentView["majority"]>, score: Score): string {
  const set = SCORED.find((each) => id === `${each}_${score}`);
  return set ? figure(majority[set]) : "";
}

interface Props {
  arms: readonly ArmState[];
  score: Score;
  majority?: ExperimentView["majority"];
  /** Whether the loss is of a standardised target. */
  scaled?: boolean;
  /** Whether errors are told in the training rows' standard deviations. */
  inDeviations?: boolean;
}

/** Whether an experiment's losses are of a standardised target. */
export function isScaled({ experiment: { split }, score }: ExperimentView): boolean {
  return score === "r2" && (split?.target_scale === "standard" || split?.standardize_target === true);
}

/** Whether an experiment's errors are in standard deviations: of several targets there is no other common unit. */
export function isInDeviations(view: ExperimentView): boolean {
  const { dataset, split } = view.experiment;
  const isSeveral = "more_targets" in dataset && (dataset.more_targets?.length ?? 0) > 0;
  return isScaled(view) && (isSeveral || split?.standardize_target === true);
}

/** Every arm's figures over its finished runs. */
export const ResultsTable = memo(function ResultsTable({
  arms,
  score,
  majority,
  scaled = false,
  inDeviations = false,
}: Props) {
  const scheme = useScheme();
  const { all, shown, choose } = useColumns(arms, score);
  // Losses of different kinds are in different units.
  const mixed = new Set(arms.map((arm) => arm.loss)).size > 1;
  const several = arms.some((arm) => arm.n > 1);
  return (
    <section className={styles.tables} aria-label="Results">
      <h2>
        Results <span className="hint">{several ? "mean ± SD over finished runs" : "of the last weights"}</span>
      </h2>
      <ColumnsMenu all={all} shown={shown.map(({ id }) => id)} onChoose={choose} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label="Results table">
        <table data-testid="results" className={tableStyles.table}>
          <thead>
            <tr>
              <th scope="col">Arm</th>
              {shown.map(({ id, title, weight }) => (
                <th scope="col" key={id} className={weight ? undefined : tableStyles.number}>
                  {title} {weight && <span className="hint">least · mean · greatest</span>}
                  {scaled && id.endsWith("_loss") && <span className="hint">scaled target</span>}
                  {inDeviations && /_(mae|rmse)$/.test(id) && <span className="hint">standard deviations</span>}
                  {mixed && id.endsWith("_loss") && <span className="hint">not comparable</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {arms.map((arm) => (
              <tr key={arm.name} data-testid={`result:${arm.name}`}>
                <th scope="row">
                  <span className="swatch" style={{ background: armColour(arm.hue, scheme) }} aria-hidden="true" />
                  {arm.name}
                  {arm.n < arm.runs.length && <StatusBadge status={arm.status} />}
                  <span className="hint">{arm.words.join("; ") || "no constraint"}</span>
                  {mixed && <span className="hint">loss: {arm.loss}</span>}
                  {arm.unfinished && <span className="hint">unfinished, epoch {count(arm.unfinished.epoch)}</span>}
                  {earlyStopText(arm) && <span className="hint">{earlyStopText(arm)}</span>}
                  {divergedText(arm) && <span className="wrong">{divergedText(arm)}</span>}
                  {oneClassText(arm) && <span className="wrong">{oneClassText(arm)}</span>}
                </th>
                {shown.map((column) =>
                  column.weight ? (
                    <td key={column.id}>
                      <Norms
                        arm={arm}
                        weight={arm.weights.find((each) => `${each.layer} ${each.weight}` === column.weight)}
                      />
                    </td>
                  ) : (
                    <Cell key={column.id} name={column.id}>
                      {cellText(arm, column, score)}
                    </Cell>
                  ),
                )}
              </tr>
            ))}
            {majority && (
              <tr data-testid="result-majority">
                <th scope="row">
                  <span className="hint">
                    {majority.name === null
                      ? "the majority class, always"
                      : `always “${majority.name}”, the majority class`}
                  </span>
                </th>
                {shown.map(({ id }) => (
                  <td key={id} className={tableStyles.number}>
                    {majorityText(id, majority, score)}
                  </td>
                ))}
              </tr>
            )}
          </tbody>
        </table>
      </section>
      <Failures arms={arms} />
      <MoreFigures arms={arms} score={score} />
      {several && <Runs arms={arms} score={score} />}
    </section>
  );
}, sameResults);

/** Whether nothing that the table shows has changed: it shows runs that have ended, and many epochs come between. */
function sameResults(before: Props, after: Props): boolean {
  if (before.score !== after.score || before.majority?.holdout !== after.majority?.holdout) return false;
  if ((before.majority?.test ?? null) !== (after.majority?.test ?? null)) return false;
  return after.arms.every((arm, i) => {
    const old = before.arms[i];
    if (arm === old) return true;
    return (
      arm.n === old?.n &&
      arm.runs.every((run, j) => {
        const then = old.runs[j];
        return run.status === then?.status && run.metrics === then.metrics && run.divergedAt === then.divergedAt;
      })
    );
  });
}

function Cell({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <td className={tableStyles.number} data-figure={name}>
      {children}
    </td>
  );
}

function Norms({ arm, weight }: { arm: ArmState; weight: WeightSummary | undefined }) {
  if (!weight) return <>–</>;
  if (weight.n === 0) return <>{divergedText(arm) ? "diverged" : "–"}</>;
  return (
    <span className={styles.norms}>
      {figure(weight.min)} · {figure(weight.mean)} · {figure(weight.max)}
      <ConstraintStatus weight={weight} />
    </span>
  );
}

function ConstraintStatus({ weight: { constraint, held, reached } }: { weight: WeightSummary }) {
  if (constraint === null) return null;
  if (held === null) return <span className="hint">not promised</span>;
  if (!held) return <span className="wrong">✗ not held</span>;
  // The weights are where they would have been without it.
  if (reached === false) return <span className="hint">held, limit not reached</span>;
  return <span className="satisfied">✓ held</span>;
}

/** Errors of failed runs, run by run. */
function Failures({ arms }: { arms: readonly ArmState[] }) {
  const failed = arms.flatMap((arm) => arm.runs.filter((run) => run.error !== null));
  if (failed.length === 0) return null;
  return (
    <ul className={styles.failures} data-testid="failures">
      {failed.map((run) => (
        <li key={runKey(run)}>
          <span className="wrong">
            {run.arm}, {run.draw === null ? "" : `draw ${run.draw}, `}seed {run.seed}:
          </span>{" "}
          {run.error}
          {run.log && run.log.length > 0 && (
            <details>
              <summary>Log</summary>
              <pre>{run.log.join("\n")}</pre>
            </details>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Further metrics of the last weights, set by set. */
function MoreFigures({ arms, score }: Props) {
  const scheme = useScheme();
  const metrics = arms.find((arm) => Object.keys(arm.metrics).length)?.metrics;
  if (!metrics) return null;
  const sets = Object.keys(SETS).filter((set) => metrics[set]);
  const names = Object.keys(METRICS[score]);
  return (
    <details className={viewStyles.details} data-testid="more-figures">
      <summary>More figures</summary>
      <div className="scrolls">
        <table className={tableStyles.table}>
          <thead>
            <tr>
              <td />
              {sets.map((set) => (
                <th scope="colgroup" colSpan={names.length} key={set} className={tableStyles.group}>
                  <span>{SETS[set]}</span>
                </th>
              ))}
            </tr>
            <tr>
              <th scope="col">Arm</th>
              {sets.flatMap((set) =>
                names.map((name) => (
                  <th scope="col" className={tableStyles.number} key={`${set} ${name}`}>
                    {METRICS[score][name]}
                  </th>
                )),
              )}
              <th scope="col" className={tableStyles.number}>
                seconds
              </th>
            </tr>
          </thead>
          <tbody>
            {arms.map((arm) => (
              <tr key={arm.name}>
                <th scope="row">
                  <span className="swatch" style={{ background: armColour(arm.hue, scheme) }} aria-hidden="true" />
                  {arm.name}
                </th>
                {sets.flatMap((set) =>
                  names.map((name) => (
                    <Cell name={`${set}_${name}`} key={`${set} ${name}`}>
                      {figuresOf(arm, arm.metrics[set]?.[name])}
                    </Cell>
                  )),
                )}
                <Cell name="seconds">{figure(arm.seconds, 2)}</Cell>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** Every run by itself, for those who want to see what the means are made of. */
function Runs({ arms, score }: Pick<Props, "arms" | "score">) {
  const varies = arms.some((arm) => arm.runs.some((run) => run.draw !== null));
  return (
    <Folded title="Every run" testId="every-run">
      {() => (
        <div className="scrolls">
          <table className={tableStyles.table}>
            <thead>
              <tr>
                {[
                  "Arm",
                  ...(varies ? ["Draw"] : []),
                  "Seed",
                  "State",
                  "Epochs",
                  `Train ${scoreName(score)}`,
                  `Test ${scoreName(score)}`,
                  "Train loss",
                  "Test loss",
                  "Time",
                ].map((title) => (
                  <th scope="col" key={title}>
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {arms.flatMap((arm) => arm.runs.map((run) => <RunRow key={runKey(run)} run={run} varies={varies} />))}
            </tbody>
          </table>
        </div>
      )}
    </Folded>
  );
}

function RunRow({ run, varies }: { run: RunState; varies: boolean }) {
  return (
    <tr>
      <td>{run.arm}</td>
      {varies && <td>{run.draw}</td>}
      <td>{run.seed}</td>
      <td>
        {run.status}
        {run.divergedAt !== null && <span className="wrong"> diverged at epoch {count(run.divergedAt)}</span>}
      </td>
      <td>
        {count(run.epochsDone)}
        {run.bestEpoch !== null && <span className="hint"> weights of {count(run.bestEpoch)}</span>}
      </td>
      <td>{figure(run.figures?.train_score)}</td>
      <td>{figure(run.figures?.test_score)}</td>
      <td>{figure(run.figures?.train_loss, 4)}</td>
      <td>{figure(run.figures?.test_loss)}</td>
      <td>{run.seconds === null ? "–" : duration(run.seconds)}</td>
    </tr>
  );
}
