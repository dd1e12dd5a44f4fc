import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { read } from "../api/events";
import type { ExperimentSummary, Spread, Status } from "../api/types";
import { armColour } from "../charts/palette";
import { figure, moment, plural } from "../format";
import { ConfirmDelete } from "../results/header/ConfirmDelete";
import headerStyles from "../results/header/header.module.css";
import { StatusBadge } from "../results/StatusBadge";
import { huesOf } from "../state/arms";
import { keys, queries, queryClient } from "../state/queries";
import { STATUSES } from "../state/status";
import { icons } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { useScheme } from "../ui/scheme";
import styles from "./History.module.css";
import pageStyles from "./page.module.css";

const retry = () => void queryClient.resetQueries({ queryKey: keys.experiments });

/** All experiments, newest first. */
export function History() {
  const [query, setQuery] = useState("");
  const [status, setStatus] = useState<Status | null>(null);
  const [q] = useDebouncedValue(query, 200);
  const { data, failureReason, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    queries.experiments(q, status),
  );
  const experiments = data?.pages.flatMap((page) => page.experiments);
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
      {experiments?.length === 0 && !failureReason && (
        <p className="hint">{q || status ? "No experiments match." : "Nothing has been run yet. Start in the Lab."}</p>
      )}
      <ul data-testid="experiments">
        {experiments?.map((each) => (
          <Item key={each.id} experiment={each} />
        ))}
      </ul>
      {hasNextPage && (
        <Button variant="default" size="xs" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more
        </Button>
      )}
    </main>
  );
}

/** "2 arms × 10 seeds, 4,000 epochs": what tells experiments of one name apart. */
export function sizeText({
  arms,
  seeds,
  draws,
  epochs,
}: Pick<ExperimentSummary, "seeds" | "draws" | "epochs"> & { arms: readonly unknown[] }): string {
  const drawn = draws === null ? "" : `${plural(draws, "draw")} × `;
  return `${plural(arms.length, "arm")} × ${drawn}${plural(seeds, "seed")}, ${plural(epochs, "epoch")}`;
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
