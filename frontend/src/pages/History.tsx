import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import clsx from "clsx";
import { useCallback, useEffect, useState } from "react";
import { Link } from "wouter";
import { api } from "../api/client";
import { ApiError } from "../api/problem";
import type { ExperimentList, ExperimentSummary } from "../api/types";
import { armColour } from "../charts/palette";
import { figure, moment } from "../format";
import { ConfirmDelete } from "../results/header/ConfirmDelete";
import headerStyles from "../results/header/header.module.css";
import { StatusBadge } from "../results/StatusBadge";
import { icons } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { useScheme } from "../ui/scheme";
import styles from "./History.module.css";
import pageStyles from "./page.module.css";

const STATES = ["queued", "running", "paused", "finished", "failed", "cancelled"];

/** All experiments, newest first. */
export function History() {
  const [query, setQuery] = useState("");
  const [status, setStatus] = useState("");
  const [q] = useDebouncedValue(query, 200);
  const [list, setList] = useState<ExperimentList | null>(null);
  const [error, setError] = useState<ApiError | null>(null);

  const load = useCallback(
    async (cursor: string | null, signal?: AbortSignal) => {
      setError(null);
      try {
        const page = await api.experiments({ q, status, ...(cursor ? { cursor } : {}) }, signal);
        setList((before) => ({
          ...page,
          experiments: cursor ? [...(before?.experiments ?? []), ...page.experiments] : page.experiments,
        }));
      } catch (cause) {
        if (signal?.aborted) return;
        if (!(cause instanceof ApiError)) throw cause;
        setError(cause);
      }
    },
    [q, status],
  );
  useEffect(() => {
    document.title = "History · Constraint Lab";
    const abort = new AbortController();
    void load(null, abort.signal);
    return () => abort.abort();
  }, [load]);

  const gone = (id: string) =>
    setList((before) => before && { ...before, experiments: before.experiments.filter((each) => each.id !== id) });
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
          data={[{ value: "", label: "every state" }, ...STATES]}
          value={status}
          onChange={(event) => setStatus(event.currentTarget.value)}
        />
      </search>
      {error && <Notice message={error.message} onRetry={() => void load(null)} />}
      {list && list.experiments.length === 0 && !error && (
        <p className="hint">
          {q || status ? "No experiment is like that." : "Nothing has been run yet. Start in the Lab."}
        </p>
      )}
      <ul data-testid="experiments">
        {list?.experiments.map((each) => (
          <Item key={each.id} experiment={each} onDeleted={() => gone(each.id)} />
        ))}
      </ul>
      {list?.next_cursor && (
        <Button variant="default" size="xs" onClick={() => void load(list.next_cursor)}>
          Show more
        </Button>
      )}
    </main>
  );
}

function Item({ experiment, onDeleted }: { experiment: ExperimentSummary; onDeleted: () => void }) {
  const scheme = useScheme();
  const { id, name, status, created_at, arms, score } = experiment;
  return (
    <li className={styles.experiment}>
      <div className={headerStyles.title}>
        <Link href={`/experiments/${id}`}>{name}</Link>
        <StatusBadge status={status} />
        <span className="hint">{moment(created_at)}</span>
        <div className={headerStyles.actions}>
          <ConfirmDelete id={id} name={name} onDeleted={onDeleted} />
        </div>
      </div>
      <ul className={styles.arms}>
        {arms.map((arm, index) => (
          <li key={arm.name}>
            <span className="swatch" style={{ background: armColour(index, scheme) }} aria-hidden="true" />
            {arm.name}{" "}
            <span className={clsx("tabular", styles.scores)}>
              {score === "r2" && "r² "}
              {figure((arm.train_accuracy ?? arm.train_r2)?.mean)} / {figure((arm.test_accuracy ?? arm.test_r2)?.mean)}
              {arm.n > 1 && ` (n = ${arm.n})`}
            </span>
          </li>
        ))}
      </ul>
    </li>
  );
}
