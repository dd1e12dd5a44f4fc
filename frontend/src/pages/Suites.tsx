import { Button } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, useLocation } from "wouter";
import { client, payload } from "../api/client";
import type { SuitePreset, SuiteSummary } from "../api/types";
import { moment, plural } from "../format";
import { ConfirmDeleteSuite } from "../results/header/ConfirmDelete";
import headerStyles from "../results/header/header.module.css";
import { StatusBadge } from "../results/StatusBadge";
import { keys, queries, queryClient } from "../state/queries";
import { Notice } from "../ui/Notice";
import { ShowMore } from "../ui/ShowMore";
import { StateMessage } from "../ui/StateMessage";
import { stateIcons } from "../ui/stateIcons";
import historyStyles from "./History.module.css";
import pageStyles from "./page.module.css";
import styles from "./Suites.module.css";

const retry = () => void queryClient.resetQueries({ queryKey: keys.suites });

/** All suites, newest first, below those that are ready to run. */
export function Suites() {
  const { data: presets, failureReason: presetsFailure } = useQuery(queries.suitePresets);
  const list = useInfiniteQuery(queries.suites);
  const suites = list.data?.pages.flatMap((page) => page.suites);
  const error = list.failureReason ?? presetsFailure;
  useEffect(() => {
    document.title = "Suites · Constraint Lab";
  }, []);
  return (
    <main className={pageStyles.page}>
      <h1>
        Suites <span className="hint">the same arms over several data sets</span>
      </h1>
      {error && <Notice message={error.message} onRetry={retry} />}
      <ul className={styles.presets}>
        {presets?.map((preset) => (
          <Preset key={preset.name} preset={preset} />
        ))}
      </ul>
      <p className="hint">
        For a network and arms of your own, set them up in the <Link href="/">Lab</Link> and choose “On several data
        sets…” beside Run.
      </p>
      {suites?.length === 0 && !error && (
        <StateMessage
          picture={stateIcons.empty}
          title="No suite has been run yet."
          testId="no-suites"
          actions={<Link href="/">Set one up in the Lab</Link>}
        />
      )}
      <ul data-testid="suites" className={styles.suites}>
        {suites?.map((each) => (
          <Item key={each.id} suite={each} />
        ))}
      </ul>
      <ShowMore query={list} />
    </main>
  );
}

/** A suite that is ready to run. */
function Preset({ preset }: { preset: SuitePreset }) {
  const [, navigate] = useLocation();
  const run = useMutation({
    mutationFn: async () => {
      const { suite } = await payload(
        client.GET("/api/suite-presets/{name}", { params: { path: { name: preset.name } } }),
      );
      return payload(client.POST("/api/suites", { body: suite }));
    },
    onSuccess: ({ id }) => navigate(`/suites/${id}`),
  });
  return (
    <li className={styles.preset} data-testid={`suite-preset:${preset.name}`}>
      <h2>{preset.title}</h2>
      <p>{preset.summary}</p>
      <p className="hint">{preset.datasets.join(", ")}</p>
      <div className={styles.run}>
        <Button size="xs" loading={run.isPending} onClick={() => run.mutate()} aria-label={`Run ${preset.title}`}>
          Run
        </Button>
        <span className="hint">{preset.estimate.words}</span>
      </div>
      {run.error && (
        <p className="wrong" role="alert">
          {run.error.message}
        </p>
      )}
    </li>
  );
}

function Item({ suite: { id, name, status, created_at, datasets, arms, seeds } }: { suite: SuiteSummary }) {
  return (
    <li className={historyStyles.experiment}>
      <div className={headerStyles.title}>
        <Link href={`/suites/${id}`}>{name}</Link>
        <StatusBadge status={status} />
        <span className="hint">
          {plural(datasets.length, "data set")} × {plural(arms.length, "arm")} × {plural(seeds, "seed")},{" "}
          {moment(created_at)}
        </span>
        <div className={headerStyles.actions}>
          <ConfirmDeleteSuite id={id} name={name} />
        </div>
      </div>
      <p className="hint">
        {datasets.join(", ")}: {arms.join(", ")}
      </p>
    </li>
  );
}
