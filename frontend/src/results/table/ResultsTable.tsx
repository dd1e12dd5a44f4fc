import { memo } from "react";
import type { Score } from "../../api/types";
import { armColour } from "../../charts/palette";
import { count, duration, figure, scoreName, spreadText } from "../../format";
import type { ArmState, Spread, WeightSummary } from "../../state/arms";
import { type RunState, runKey } from "../../state/fold";
import { useScheme } from "../../ui/scheme";
import tableStyles from "../../ui/table.module.css";
import { divergedText } from "../divergedText";
import { earlyStopText } from "../earlyStopText";
import { oneClassText } from "../oneClassText";
import { StatusBadge } from "../StatusBadge";
import viewStyles from "../view.module.css";
import styles from "./tables.module.css";

const NO_SPREAD = { mean: null, sd: null };

/** Weights that any arm constrains: those are compared, in the arms that leave them free too. */
function compared(arms: readonly ArmState[]): string[] {
  const constrained = arms.flatMap((arm) => arm.weights.filter((weight) => weight.constraint !== null));
  return [...new Set(constrained.map((weight) => `${weight.layer} ${weight.weight}`))];
}

/** The figures of the runs that finished, or else those that the arm had when it was stopped. */
function reportedOf(arm: ArmState): Pick<ArmState, "figures" | "gap"> {
  return arm.unfinished ?? arm;
}

/** A figure of the arm; "diverged" where it has none for that reason. */
function figuresOf(arm: ArmState, spread: Spread = NO_SPREAD, digits = 3): string {
  return spread.mean === null && divergedText(arm) ? "diverged" : spreadText(spread, digits);
}

interface Props {
  arms: readonly ArmState[];
  score: Score;
}

/** Every arm's figures over its finished runs. */
export const ResultsTable = memo(function ResultsTable({ arms, score }: Props) {
  const scheme = useScheme();
  const weights = compared(arms);
  const sealed = arms.some((arm) => arm.metrics.holdout);
  const validated = arms.some((arm) => arm.metrics.validation);
  const several = arms.some((arm) => arm.runs.length > 1);
  return (
    <section className={styles.tables} aria-label="Results">
      <h2>
        Results <span className="hint">{several ? "mean ± SD over finished runs" : "of the last weights"}</span>
      </h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label="Results table">
        <table data-testid="results" className={tableStyles.table}>
          <thead>
            <tr>
              <th scope="col">Arm</th>
              <th scope="col" className={tableStyles.number}>
                Train {scoreName(score)}
              </th>
              <th scope="col" className={tableStyles.number}>
                Test {scoreName(score)}
              </th>
              <th scope="col" className={tableStyles.number}>
                Gap
              </th>
              {validated && (
                <th scope="col" className={tableStyles.number}>
                  Validation {scoreName(score)}
                </th>
              )}
              {sealed && (
                <th scope="col" className={tableStyles.number}>
                  Sealed {scoreName(score)}
                </th>
              )}
              <th scope="col" className={tableStyles.number}>
                Train loss
              </th>
              <th scope="col" className={tableStyles.number}>
                Test loss
              </th>
              {several && (
                <th scope="col" className={tableStyles.number}>
                  n
                </th>
              )}
              {weights.map((weight) => (
                <th scope="col" key={weight}>
                  {weight} norms <span className="hint">least · mean · greatest</span>
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
                  {arm.unfinished && <span className="hint">unfinished, epoch {count(arm.unfinished.epoch)}</span>}
                  {earlyStopText(arm) && <span className="hint">{earlyStopText(arm)}</span>}
                  {divergedText(arm) && <span className="wrong">{divergedText(arm)}</span>}
                  {oneClassText(arm) && <span className="wrong">{oneClassText(arm)}</span>}
                </th>
                <Cell name={`train_${score}`}>{figuresOf(arm, reportedOf(arm).figures.train_score)}</Cell>
                <Cell name={`test_${score}`}>{figuresOf(arm, reportedOf(arm).figures.test_score)}</Cell>
                <Cell name="gap">{figuresOf(arm, reportedOf(arm).gap)}</Cell>
                {validated && (
                  <Cell name={`validation_${score}`}>{figuresOf(arm, arm.metrics.validation?.[score])}</Cell>
                )}
                {sealed && <Cell name={`holdout_${score}`}>{figuresOf(arm, arm.metrics.holdout?.[score])}</Cell>}
                <Cell name="train_loss">{figuresOf(arm, reportedOf(arm).figures.train_loss, 4)}</Cell>
                <Cell name="test_loss">{figuresOf(arm, reportedOf(arm).figures.test_loss)}</Cell>
                {several && <Cell name="n">{arm.unfinished ? "–" : arm.n}</Cell>}
                {weights.map((name) => (
                  <td key={name}>
                    <Norms arm={arm} weight={arm.weights.find((each) => `${each.layer} ${each.weight}` === name)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Failures arms={arms} />
      <MoreFigures arms={arms} />
      {several && <Runs arms={arms} score={score} />}
    </section>
  );
}, sameResults);

/** Whether nothing that the table shows has changed: it shows runs that have ended, and many epochs come between. */
function sameResults(before: Props, after: Props): boolean {
  if (before.score !== after.score) return false;
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

const SETS: Record<string, string> = { train: "train", test: "test", validation: "validation", holdout: "sealed" };

const FIGURES: Record<string, string> = {
  auc: "AUC",
  f1: "F1",
  r2: "r²",
  mae: "MAE",
  rmse: "RMSE",
  predicted_classes: "classes predicted",
};

/** Further metrics of the last weights, set by set. */
function MoreFigures({ arms }: { arms: readonly ArmState[] }) {
  const scheme = useScheme();
  const metrics = arms.find((arm) => Object.keys(arm.metrics).length)?.metrics;
  if (!metrics) return null;
  const sets = Object.keys(SETS).filter((set) => metrics[set]);
  const names = Object.keys(metrics[sets[0] as string] ?? {});
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
                    {FIGURES[name] ?? name}
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
function Runs({ arms, score }: Props) {
  const varies = arms.some((arm) => arm.runs.some((run) => run.draw !== null));
  return (
    <details className={viewStyles.details}>
      <summary>Every run</summary>
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
    </details>
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
