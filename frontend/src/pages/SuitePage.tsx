import { Button, Skeleton } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, useLocation } from "wouter";
import { client, payload, suiteExportAddress } from "../api/client";
import { ApiError } from "../api/problem";
import type { SuiteView } from "../api/types";
import { count, moment, plural } from "../format";
import { ConfirmDeleteSuite } from "../results/header/ConfirmDelete";
import { EpochsDone } from "../results/header/EpochsDone";
import headerStyles from "../results/header/header.module.css";
import { StatusBadge } from "../results/StatusBadge";
import { SuiteResults } from "../results/suite/SuiteResults";
import { keys, queries, queryClient } from "../state/queries";
import { isClosed } from "../state/status";
import { Notice } from "../ui/Notice";
import pageStyles from "./page.module.css";

/** One suite: its state, and its answers so far. */
export function SuitePage({ id }: { id: string }) {
  const { data: view, failureReason } = useQuery(queries.suite(id));
  const { data: verdict, failureReason: verdictFailure } = useQuery(queries.suiteVerdict(id));
  const error = failureReason ?? verdictFailure;
  const isGone = error instanceof ApiError && error.status === 404;
  const name = view?.name;
  useEffect(() => {
    document.title = `${name ?? "Suite"} · Constraint Lab`;
  }, [name]);
  if (isGone) return <Gone name={name} />;
  return (
    <main className={pageStyles.page}>
      {error && (
        <Notice message={error.message} onRetry={() => void queryClient.resetQueries({ queryKey: keys.suite(id) })} />
      )}
      {view && <Header view={view} />}
      {view && verdict ? <SuiteResults view={view} verdict={verdict} /> : !error && <Skeleton height={320} mt={16} />}
      {error && !view && <Link href="/suites">All suites</Link>}
    </main>
  );
}

/** Says that the suite is no more: nothing of it is shown that could still be acted on. */
function Gone({ name }: { name: string | undefined }) {
  return (
    <main className={pageStyles.page}>
      <h1>{name ?? "No such suite"}</h1>
      <p role="alert" data-testid="suite-gone">
        {name === undefined
          ? "There is no suite at this address. It may have been deleted."
          : "This suite was deleted, with its experiments."}
      </p>
      <Link href="/suites">All suites</Link>
    </main>
  );
}

/** The suite's name, how far it is, and what can be done with it. */
function Header({ view }: { view: SuiteView }) {
  const [, navigate] = useLocation();
  const open = !isClosed(view.status);
  const cancel = useMutation({
    mutationFn: () => payload(client.POST("/api/suites/{suite}/cancel", { params: { path: { suite: view.id } } })),
    onSuccess: (after) => queryClient.setQueryData(queries.suite(view.id).queryKey, after),
  });
  const sum = (part: "epochs" | "epochs_done" | "runs" | "runs_ended") =>
    view.experiments.reduce((total, each) => total + (each[part] ?? 0), 0);
  const [done, total] = [sum("epochs_done"), sum("epochs")];
  const removed = view.experiments.filter((each) => each.removed);
  return (
    <header className={headerStyles.header}>
      <div className={headerStyles.title}>
        <h1 data-testid="suite-name">{view.name}</h1>
        <StatusBadge status={view.status} />
        <div className={headerStyles.actions}>
          {open && (
            <Button size="xs" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
              Cancel
            </Button>
          )}
          <Button size="xs" variant="default" component="a" href={suiteExportAddress(view.id, "report.html")} download>
            Report
          </Button>
          <Button size="xs" variant="default" component="a" href={suiteExportAddress(view.id, "table.csv")} download>
            CSV
          </Button>
          <Button size="xs" variant="default" component="a" href={suiteExportAddress(view.id, "suite.json")} download>
            JSON
          </Button>
          <ConfirmDeleteSuite id={view.id} name={view.name} onDeleted={() => navigate("/suites")} />
        </div>
      </div>
      {open && <EpochsDone done={done} total={total} />}
      <p className={headerStyles.progress} data-testid="suite-progress">
        <span>
          {plural(view.datasets.length, "data set")} × {plural(view.arms.length, "arm")} × {plural(view.seeds, "seed")}
        </span>
        {open ? (
          <span>
            {count(sum("runs_ended"))} of {plural(sum("runs"), "run")} ended
          </span>
        ) : (
          <span>{moment(view.created_at)}</span>
        )}
      </p>
      {removed.length > 0 && (
        <p className="trap">
          Without {removed.map((each) => each.dataset).join(", ")}:{" "}
          {removed.length === 1 ? "its experiment was" : "their experiments were"} removed.
        </p>
      )}
      {cancel.error && (
        <p className="wrong" role="alert">
          {cancel.error.message}
        </p>
      )}
    </header>
  );
}
