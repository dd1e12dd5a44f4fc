import { Button, NativeSelect, Skeleton, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { useDeferredValue, useEffect, useState } from "react";
import { Link } from "wouter";
import { read } from "../api/events";
import type { ExperimentSummary, Spread, Status, UnreadableExperiment } from "../api/types";
import { armColour } from "../charts/palette";
import { sizeText } from "../experiment/replicates";
import { figure, moment, plural } from "../format";
import { ConfirmDelete } from "../results/header/ConfirmDelete";
import headerStyles from "../results/header/header.module.css";
import { StatusBadge } from "../results/StatusBadge";
import { huesOf } from "../state/arms";
import { keys, queries, queryClient } from "../state/queries";
import { STATUSES } from "../state/status";
import { icons } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { ShowMore } from "../ui/ShowMore";
import { StateMessage } from "../ui/StateMessage";
import { useScheme } from "../ui/scheme";
import { stateIcons } from "../ui/stateIcons";
import styles from "./History.module.css";
import pageStyles from "./page.module.css";

const retry = () => void queryClient.resetQueries({ queryKey: keys.experiments });

/** All experiments, newest first. */
export function History() {
  const [query, setQuery] = useState("");
  const [status, setStatus] = useState<Status | null>(null);
  const [q] = useDebouncedValue(query, 200);
  const list = useInfiniteQuery(queries.experiments(q, status));
  const { failureReason } = list;
  // Many lines are drawn piece by piece.
  const data = useDeferredValue(list.data);
  const experiments = data?.pages.flatMap((page) => page.experiments);
  const unreadable = data?.pages.flatMap((page) => page.unreadable);
  const showAll = () => {
    setQuery("");
    setStatus(null);
  };
  useEffect(() => {
    document.title = "History · Constraint Lab";
  }, []);
  return (
    <main className={pageStyles.page}>
      <h1>
        History <span className="hint">each arm’s train / test accuracy, or r² where a number is predicted</span>
      </h1>
      <search className={styles.filters}>
        <TextInput
          aria-label="Search experiments"
          placeholder="Search by name"
          leftSection={icons.search}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
          data-testid="search"
        />
        <NativeSelect
          aria-label="State"
          data={[{ value: "", label: "any state" }, ...STATUSES]}
          value={status ?? ""}
          onChange={(event) => setStatus(STATUSES.find((each) => each === event.currentTarget.value) ?? null)}
        />
      </search>
      {failureReason && <Notice message={failureReason.message} onRetry={retry} />}
      {!experiments && !failureReason && <Skeleton height={320} mt={12} aria-label="Loading" role="status" />}
      {unreadable && unreadable.length > 0 && <Unreadable experiments={unreadable} />}
      {experiments?.length === 0 && !unreadable?.length && !failureReason && (
        <StateMessage
          picture={stateIcons.empty}
          title={q || status ? "No experiment matches." : "Nothing has been run yet."}
          testId="no-experiments"
          actions={
            q || status ? (
              <Button size="xs" variant="default" onClick={showAll}>
                Show all
              </Button>
            ) : (
              <Link href="/">Start in the Lab</Link>
            )
          }
        />
      )}
      <ul data-testid="experiments">
        {experiments?.map((each) => (
          <Item key={each.id} experiment={each} />
        ))}
      </ul>
      <ShowMore query={list} />
    </main>
  );
}

/** Experiments that can't be read, with the one thing that can be done about it. */
function Unreadable({ experiments }: { experiments: UnreadableExperiment[] }) {
  return (
    <section className={styles.unreadable} aria-label="Experiments that can’t be read" data-testid="unreadable">
      <p className="hint">
        Damaged, or of another version of the lab: {plural(experiments.length, "experiment")} can’t be read. The lab’s
        log says why.
      </p>
      <ul>
        {experiments.map(({ id, name, created_at }) => (
          <li key={id} className={headerStyles.title}>
            <span>{name}</span>
            <span className="hint">{moment(created_at)}</span>
            <div className={headerStyles.actions}>
              <ConfirmDelete id={id} name={name} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Item({ experiment }: { experiment: ExperimentSummary }) {
  const scheme = useScheme();
  const { id, name, status, created_at, arms, score } = experiment;
  const hues = huesOf(arms);
  return (
    <li className={styles.experiment}>
      <div className={headerStyles.title}>
        <Link href={`/experiments/${id}`}>{name}</Link>
        <StatusBadge status={status} />
        <span className="hint">
          {sizeText(experiment)}, {moment(created_at)}
        </span>
        <div className={headerStyles.actions}>
          <ConfirmDelete id={id} name={name} />
        </div>
      </div>
      <ul className={styles.arms}>
        {arms.map((arm, index) => {
          const { train_score: train, test_score: test } = read<Spread | null>(arm, null);
          return (
            <li key={arm.name}>
              <span
                className="swatch"
                style={{ background: armColour(hues[index] ?? index, scheme) }}
                aria-hidden="true"
              />
              {arm.name}{" "}
              <span className={clsx("tabular", styles.scores)}>
                {score === "r2" && "r² "}
                {figure(train?.mean)} / {figure(test?.mean)}
                {arm.n > 1 && ` (n = ${arm.n})`}
              </span>
            </li>
          );
        })}
      </ul>
    </li>
  );
}
