import { Button, Progress } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { memo } from "react";
import { Link } from "wouter";
import type { Catalog } from "../../api/catalog";
import { client } from "../../api/client";
import type { ExperimentView } from "../../api/types";
import { draftOf } from "../../experiment/draftOf";
import { labelledTexts } from "../../experiment/labels";
import { count, duration, moment, plural } from "../../format";
import type { LiveExperiment, Snapshot } from "../../state/live";
import { progress } from "../../state/progress";
import { isClosed } from "../../state/status";
import { StatusBadge } from "../StatusBadge";
import { ConfirmDelete } from "./ConfirmDelete";
import styles from "./header.module.css";
import { connectionText, progressTexts } from "./progressText";
import { ScriptMenu } from "./ScriptMenu";
import { Sealed } from "./Sealed";

interface Props {
  live: LiveExperiment;
  snapshot: Snapshot & { view: ExperimentView; state: NonNullable<Snapshot["state"]> };
  catalog: Catalog;
  onEdit: () => void;
  onDeleted: () => void;
}

const ACTIONS = {
  cancel: "/api/experiments/{experiment}/cancel",
  pause: "/api/experiments/{experiment}/pause",
  resume: "/api/experiments/{experiment}/resume",
} as const;

/** The experiment's name, how far it is, and what can be done with it. */
export function ExperimentHeader({ live, snapshot, catalog, onEdit, onDeleted }: Props) {
  const { view, state, samples } = snapshot;
  // The effect arrives as events; the response may be older than those received already.
  const { mutate, variables, error, isPending } = useMutation({
    mutationFn: (verb: keyof typeof ACTIONS) =>
      client.POST(ACTIONS[verb], { params: { path: { experiment: view.id } } }),
  });
  const cancelling = variables === "cancel" && !error;
  const busy = isPending || cancelling || live.id === null;
  const known = progress(state, samples);
  const { done, total } = known;
  const texts = progressTexts(cancelling ? { ...known, rate: null, left: null } : known, state.status, snapshot);
  const open = !isClosed(state.status);

  return (
    <header className={styles.header}>
      <div className={styles.title}>
        <h1 data-testid="experiment-name">{view.name}</h1>
        <StatusBadge status={state.status} />
        <div className={styles.actions}>
          {state.status === "paused" && (
            <Button size="xs" variant="default" disabled={busy} onClick={() => mutate("resume")}>
              Resume
            </Button>
          )}
          {open && state.status !== "paused" && (
            <Button size="xs" variant="default" disabled={busy} onClick={() => mutate("pause")}>
              Pause
            </Button>
          )}
          {open && (
            <Button size="xs" variant="default" disabled={busy} onClick={() => mutate("cancel")}>
              Cancel
            </Button>
          )}
          <ScriptMenu view={view} />
          <Button size="xs" variant="default" onClick={onEdit}>
            Edit as new
          </Button>
          <ConfirmDelete id={view.id} name={view.name} onDeleted={onDeleted} />
        </div>
      </div>
      {open && (
        <Progress
          value={(100 * done) / Math.max(total, 1)}
          size={4}
          transitionDuration={0}
          aria-label={`${count(done)} of ${count(total)} epochs`}
        />
      )}
      <p className={styles.progress} data-testid="progress">
        {open ? (
          <>
            {texts.map((text) => (
              <span key={text}>{text}</span>
            ))}
            {cancelling && <span>cancelling…</span>}
          </>
        ) : (
          <>
            <span>{plural(done, "epoch")}</span>
            <Took view={view} />
            <span>{moment(view.created_at)}</span>
          </>
        )}
        {view.suite && <Link href={`/suites/${view.suite}`}>one of a suite</Link>}
        <ConnectionWords snapshot={snapshot} />
      </p>
      <Warnings view={view} catalog={catalog} />
      <Sealed live={live} view={view} over={!open} />
      {error && (
        <p className="wrong" role="alert">
          {error.message}
        </p>
      )}
    </header>
  );
}

const FEW = 2;

/** Warnings: allowed, but perhaps not intended. */
const Warnings = memo(function Warnings({ view, catalog }: { view: ExperimentView; catalog: Catalog }) {
  if (!view.warnings?.length) return null;
  const messages = labelledTexts(view.warnings, draftOf(view.experiment, catalog), catalog);
  const list = (
    <ul className={styles.warnings}>
      {messages.map((message) => (
        <li key={message}>{message}</li>
      ))}
    </ul>
  );
  if (messages.length <= FEW) return <div data-testid="experiment-warnings">{list}</div>;
  return (
    <details className={styles.warnings} data-testid="experiment-warnings">
      <summary>{plural(messages.length, "warning")}</summary>
      {list}
    </details>
  );
});

/** How long it took. Where seeds were added, the times are those of the last look alone, and tell nothing of all. */
function Took({ view }: { view: ExperimentView }) {
  if (view.looks > 1 || !view.started_at || !view.finished_at) return null;
  const seconds = (Date.parse(view.finished_at) - Date.parse(view.started_at)) / 1000;
  return <span>in {duration(seconds)}</span>;
}

function ConnectionWords({ snapshot }: { snapshot: Snapshot }) {
  const text = connectionText(snapshot);
  if (text === null) return null;
  return (
    <span className="trap" role="status" data-testid="reconnecting">
      {text}
    </span>
  );
}
