import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { memo, useEffect, useRef } from "react";
import { Link } from "wouter";
import type { Catalog } from "../../api/catalog";
import { client } from "../../api/client";
import { isUnreachable } from "../../api/problem";
import type { ExperimentView } from "../../api/types";
import { draftOf } from "../../experiment/draftOf";
import { labelledTexts } from "../../experiment/labels";
import { sizeText } from "../../experiment/replicates";
import { duration, moment, plural } from "../../format";
import type { LiveExperiment, Snapshot } from "../../state/live";
import { progress } from "../../state/progress";
import { isClosed } from "../../state/status";
import { ShareButton } from "../../ui/CopyButtons";
import { keyTexts } from "../../ui/keys";
import { usePresent } from "../present/usePresent";
import { StatusBadge } from "../StatusBadge";
import { EpochsDone } from "./EpochsDone";
import styles from "./header.module.css";
import { MoreMenu } from "./MoreMenu";
import { progressTexts } from "./progressText";
import { Sealed } from "./Sealed";

interface Props {
  live: LiveExperiment;
  snapshot: Snapshot & { view: ExperimentView; state: NonNullable<Snapshot["state"]> };
  catalog: Catalog;
  /** The set-up beside the experiment; null where it holds another draft. */
  setUp: { open: boolean; toggle: () => void } | null;
  onEdit: () => void;
  onDeleted: () => void;
}

const ACTIONS = {
  cancel: "/api/experiments/{experiment}/cancel",
  pause: "/api/experiments/{experiment}/pause",
  resume: "/api/experiments/{experiment}/resume",
} as const;

/** The experiment's name, how far it is, and what can be done with it. */
export function ExperimentHeader({ live, snapshot, catalog, setUp, onEdit, onDeleted }: Props) {
  const { view, state, samples } = snapshot;
  const present = usePresent();
  // The effect arrives as events; the response may be older than those received already.
  const { mutate, variables, error, isPending, reset } = useMutation({
    mutationFn: ({ verb, id }: { verb: keyof typeof ACTIONS; id: string; opening: number }) =>
      client.POST(ACTIONS[verb], { params: { path: { experiment: id } } }),
    // It may have been deleted meanwhile.
    onError: () => void live.recheck(),
  });
  // That the lab didn't answer is over once it does.
  const isLost = snapshot.connection === "reconnecting";
  const wasLost = useRef(isLost);
  useEffect(() => {
    if (wasLost.current && !isLost && isUnreachable(error)) reset();
    wasLost.current = isLost;
  }, [isLost, error, reset]);
  const opening = view.looks + view.retries;
  const act = (verb: keyof typeof ACTIONS) => mutate({ verb, id: view.id, opening });
  // The header stays where another experiment follows this one.
  const own = variables?.id === view.id && variables.opening === opening;
  const cancelling = own && variables.verb === "cancel" && !error;
  const busy = isPending || cancelling || live.id === null;
  const known = progress(state, samples);
  const { done, total } = known;
  const texts = progressTexts(cancelling ? { ...known, rate: null, left: null } : known, state.status, snapshot);
  const open = !isClosed(state.status);

  return (
    <header className={styles.header}>
      <div className={styles.title}>
        <h1 data-testid="experiment-name" title={view.name} tabIndex={-1}>
          {view.name}
        </h1>
        <StatusBadge status={state.status} />
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
              <span>{sizeText(view)}</span>
              <Took view={view} />
              <span>{moment(view.created_at)}</span>
            </>
          )}
          {view.suite && <Link href={`/suites/${view.suite}`}>one of a suite</Link>}
        </p>
        <div className={styles.actions}>
          {state.status === "paused" && (
            <Button size="xs" variant="default" disabled={busy} onClick={() => act("resume")}>
              Resume
            </Button>
          )}
          {open && state.status !== "paused" && (
            <Button size="xs" variant="default" disabled={busy} onClick={() => act("pause")}>
              Pause
            </Button>
          )}
          {open && (
            <Button size="xs" variant="default" disabled={busy} onClick={() => act("cancel")}>
              Cancel
            </Button>
          )}
          {setUp && (
            <Button
              className={styles.setUp}
              size="xs"
              variant="default"
              aria-pressed={setUp.open}
              onClick={setUp.toggle}
              data-testid="set-up"
            >
              {setUp.open ? "Hide the set-up" : "Edit as new"}
            </Button>
          )}
          {!setUp && (
            <Button size="xs" variant="default" onClick={onEdit}>
              Edit as new
            </Button>
          )}
          <ShareButton
            what="experiment"
            title="Copies a link to what is shown: view, epoch, curves and zoom"
            link={() => window.location.href}
            disabled={view.id === ""}
          />
          <Button
            size="xs"
            variant="default"
            onClick={present.start}
            title={keyTexts("present").join("+")}
            data-testid="present-button"
          >
            Present
          </Button>
          <MoreMenu view={view} onEdit={onEdit} onDeleted={onDeleted} />
        </div>
      </div>
      <div className={styles.done}>{open && <EpochsDone done={done} total={total} />}</div>
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

/** How long it took. Where it was opened again, the times are those of the last time alone, and tell nothing of all. */
function Took({ view }: { view: ExperimentView }) {
  if (view.looks + view.retries > 1 || !view.started_at || !view.finished_at) return null;
  const seconds = (Date.parse(view.finished_at) - Date.parse(view.started_at)) / 1000;
  return <span>in {duration(seconds)}</span>;
}
