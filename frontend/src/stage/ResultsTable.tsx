import { memo } from "react";
import { armColour } from "../charts/palette";
import { useScheme } from "../scheme";
import type { ArmState, WeightSummary } from "../state/arms";
import type { RunState } from "../state/fold";
import { duration, figure, spreadWords } from "../words";
import { StatusBadge } from "./StatusBadge";

/** Weights that any arm constrains: those are compared, in the arms that leave them free too. */
function compared(arms: readonly ArmState[]): string[] {
  const constrained = arms.flatMap((arm) => arm.weights.filter((weight) => weight.constraint !== null));
  return [...new Set(constrained.map((weight) => `${weight.layer} ${weight.weight}`))];
}

/** Every arm's figures over its finished runs. */
export const ResultsTable = memo(function ResultsTable({ arms }: { arms: readonly ArmState[] }) {
  const scheme = useScheme();
  const weights = compared(arms);
  const several = arms.some((arm) => arm.runs.length > 1);
  return (
    <section className="results" aria-label="Results">
      <h2>
        Results <span className="hint">{several ? "mean ± SD over finished seeds" : "of the last weights"}</span>
      </h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label="Results table">
        <table data-testid="results" className="figures-table">
          <thead>
            <tr>
              <th scope="col">Arm</th>
              <th scope="col" className="number-cell">
                Train accuracy
              </th>
              <th scope="col" className="number-cell">
                Test accuracy
              </th>
              <th scope="col" className="number-cell">
                Gap
              </th>
              <th scope="col" className="number-cell">
                Train loss
              </th>
              <th scope="col" className="number-cell">
                Test loss
              </th>
              {several && (
                <th scope="col" className="number-cell">
                  n
                </th>
              )}
              <th scope="col" className="number-cell">
                Seconds
              </th>
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
                  <span className="swatch" style={{ background: armColour(arm.index, scheme) }} aria-hidden="true" />
                  {arm.name}
                  {arm.n < arm.runs.length && <StatusBadge status={arm.status} />}
                  <span className="hint">{arm.words.join("; ") || "no constraint"}</span>
                </th>
                <Cell name="train_accuracy">{spreadWords(arm.figures.train_accuracy)}</Cell>
                <Cell name="test_accuracy">{spreadWords(arm.figures.test_accuracy)}</Cell>
                <Cell name="gap">{spreadWords(arm.gap)}</Cell>
                <Cell name="train_loss">{spreadWords(arm.figures.train_loss, 4)}</Cell>
                <Cell name="test_loss">{spreadWords(arm.figures.test_loss)}</Cell>
                {several && <Cell name="n">{arm.n}</Cell>}
                <Cell name="seconds">{figure(arm.seconds, 2)}</Cell>
                {weights.map((name) => (
                  <td key={name}>
                    <Norms weight={arm.weights.find((each) => `${each.layer} ${each.weight}` === name)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Failures arms={arms} />
      {several && <Runs arms={arms} />}
    </section>
  );
}, sameResults);

/** Whether nothing that the table shows has changed: it shows runs that have ended, and many epochs come between. */
function sameResults(before: { arms: readonly ArmState[] }, after: { arms: readonly ArmState[] }): boolean {
  return after.arms.every((arm, i) => {
    const old = before.arms[i];
    return arm === old || (arm.n === old?.n && arm.runs.every((run, j) => run.status === old.runs[j]?.status));
  });
}

function Cell({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <td className="number-cell" data-figure={name}>
      {children}
    </td>
  );
}

function Norms({ weight }: { weight: WeightSummary | undefined }) {
  if (!weight) return <>–</>;
  return (
    <span className="norms">
      {figure(weight.min)} · {figure(weight.mean)} · {figure(weight.max)}
      {weight.held !== null && (
        <span className={weight.held ? "held" : "wrong"}>{weight.held ? " ✓ held" : " ✗ not held"}</span>
      )}
    </span>
  );
}

/** What went wrong, run by run. */
function Failures({ arms }: { arms: readonly ArmState[] }) {
  const failed = arms.flatMap((arm) => arm.runs.filter((run) => run.error !== null));
  if (failed.length === 0) return null;
  return (
    <ul className="failures" data-testid="failures">
      {failed.map((run) => (
        <li key={`${run.arm} ${run.seed}`}>
          <span className="wrong">
            {run.arm}, seed {run.seed}:
          </span>{" "}
          {run.error}
        </li>
      ))}
    </ul>
  );
}

/** Every run by itself, for those who want to see what the means are made of. */
function Runs({ arms }: { arms: readonly ArmState[] }) {
  return (
    <details className="runs">
      <summary>Every run</summary>
      <div className="scrolls">
        <table className="figures-table">
          <thead>
            <tr>
              {[
                "Arm",
                "Seed",
                "State",
                "Epochs",
                "Train accuracy",
                "Test accuracy",
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
            {arms.flatMap((arm) => arm.runs.map((run) => <RunRow key={`${run.arm} ${run.seed}`} run={run} />))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function RunRow({ run }: { run: RunState }) {
  return (
    <tr>
      <td>{run.arm}</td>
      <td>{run.seed}</td>
      <td>{run.status}</td>
      <td>{figure(run.figures?.train_accuracy)}</td>
      <td>{figure(run.figures?.test_accuracy)}</td>
      <td>{figure(run.figures?.train_loss, 4)}</td>
      <td>{figure(run.figures?.test_loss)}</td>
      <td>{run.seconds === null ? "–" : duration(run.seconds)}</td>
    </tr>
  );
}
