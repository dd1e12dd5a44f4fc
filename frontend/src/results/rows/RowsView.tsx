import { Button, NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { predictionsAddress } from "../../api/client";
import type { Predictions } from "../../api/types";
import type { RunState } from "../../state/fold";
import { queries, queryClient, type RowsAsked } from "../../state/queries";
import { isClosed } from "../../state/status";
import { Notice } from "../../ui/Notice";
import { StateMessage } from "../../ui/StateMessage";
import { stateIcons } from "../../ui/stateIcons";
import { runText } from "../runText";
import viewStyles from "../view.module.css";
import type { ViewProps } from "../viewProps";
import { NewRows } from "./NewRows";
import { RowsTable } from "./RowsTable";
import styles from "./RowsView.module.css";
import { filters, pageText, summaryText } from "./rows";
import { SeveralTable } from "./SeveralTable";

/** Test rows with what an arm's trained model says of each, its mistakes first. */
export function RowsView({ allArms, view, state }: ViewProps) {
  const [armName, setArm] = useState<string | null>(null);
  const [runName, setRun] = useState<string | null>(null);
  const [wanted, setWanted] = useState<RowsAsked["show"] | null>(null);
  const [set, setSet] = useState<RowsAsked["set"]>("test");
  const arm = allArms.find(({ name }) => name === armName) ?? allArms[1] ?? allArms[0];
  if (!arm) return null;
  const ended = arm.runs.filter(({ status }) => status === "finished");
  const nameOf = (each: RunState) => runText(each, arm.runs);
  const run = ended.find((each) => nameOf(each) === runName) ?? ended[0];
  const shows = filters(view.score === "r2", arm === allArms[0]);
  const show = shows.find(({ value }) => value === wanted)?.value ?? shows[0]?.value ?? "all";
  return (
    <section aria-label="Rows" data-testid="rows">
      <div className={viewStyles.controls}>
        <NativeSelect
          label="Arm"
          value={arm.name}
          data={allArms.map(({ name }) => name)}
          onChange={(event) => setArm(event.currentTarget.value)}
          data-testid="rows-arm"
        />
        {arm.runs.length > 1 && run && (
          <NativeSelect
            label="Run"
            value={nameOf(run)}
            data={ended.map(nameOf)}
            onChange={(event) => setRun(event.currentTarget.value)}
            data-testid="rows-run"
          />
        )}
        <NativeSelect
          label="Show"
          value={show}
          data={shows}
          onChange={(event) => setWanted(event.currentTarget.value as RowsAsked["show"])}
          data-testid="rows-show"
        />
        {view.reveals > 0 && (
          <NativeSelect
            label="Of the"
            value={set}
            data={[
              { value: "test", label: "test rows" },
              { value: "holdout", label: "sealed rows" },
            ]}
            onChange={(event) => setSet(event.currentTarget.value as RowsAsked["set"])}
            data-testid="rows-set"
          />
        )}
      </div>
      {run ? (
        // Pages begin anew with each choice.
        <>
          <RunRows key={`${arm.name}/${nameOf(run)}/${show}/${set}`} {...{ view, run, show, set }} />
          <NewRows key={`new/${arm.name}/${nameOf(run)}`} id={view.id} run={run} />
        </>
      ) : (
        <StateMessage picture={stateIcons.empty} title={emptyText(isClosed(state.status))} testId="nothing" />
      )}
    </section>
  );
}

function emptyText(over: boolean): string {
  return over
    ? "No run of this arm has finished: there is no trained model."
    : "No run of this arm has finished yet. Its rows come with its last epoch.";
}

interface RunProps extends Pick<RowsAsked, "set" | "show"> {
  view: ViewProps["view"];
  run: RunState;
}

function RunRows({ view, run, set, show }: RunProps) {
  const [before, setBefore] = useState<readonly string[]>([]);
  const cursor = before.at(-1) ?? "";
  const asked = queries.predictions(view.id, run, { set, show, cursor });
  const { data, error, failureReason, isPlaceholderData } = useQuery(asked);
  // Rows that are not here yet may be asked for again and again.
  const failure = data && !isPlaceholderData ? error : failureReason;
  if (failure) {
    const retry = () => void queryClient.resetQueries({ queryKey: asked.queryKey });
    return <Notice message={failure.message} onRetry={retry} />;
  }
  if (!data) return null;
  return (
    <>
      <p className={viewStyles.description} role="status" data-testid="rows-summary">
        {summaryText(data, show, set)}
      </p>
      {data.rows.length > 0 && (data.target_names.length ? <SeveralTable found={data} /> : <RowsTable found={data} />)}
      <Pages found={data} start={Number(cursor)} before={before} onBefore={setBefore}>
        <Button
          component="a"
          size="xs"
          variant="default"
          download
          href={predictionsAddress(view.id, run, set, show)}
          data-testid="rows-csv"
        >
          These rows as CSV
        </Button>
      </Pages>
    </>
  );
}

interface PagesProps {
  found: Predictions;
  /** Rows on earlier pages. */
  start: number;
  /** Cursors of the pages after the first, up to this one. */
  before: readonly string[];
  onBefore: (before: readonly string[]) => void;
  children: ReactNode;
}

function Pages({ found, start, before, onBefore, children }: PagesProps) {
  const { next_cursor: next } = found;
  const button = { size: "xs" as const, variant: "default" as const };
  return (
    <div className={styles.pages}>
      {(before.length > 0 || next !== null) && (
        <>
          <Button {...button} disabled={before.length === 0} onClick={() => onBefore(before.slice(0, -1))}>
            Previous
          </Button>
          <Button {...button} disabled={next === null} onClick={() => next !== null && onBefore([...before, next])}>
            Next
          </Button>
          <span className="hint">{pageText(start, found.rows.length, found.total)}</span>
        </>
      )}
      {children}
    </div>
  );
}
