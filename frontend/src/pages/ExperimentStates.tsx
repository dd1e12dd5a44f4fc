import { Button } from "@mantine/core";
import { Link } from "wouter";
import type { ApiError } from "../api/problem";
import { ConfirmDelete } from "../results/header/ConfirmDelete";
import { connectionText } from "../results/header/progressText";
import type { Snapshot } from "../state/live";
import { useCopy } from "../ui/copying";
import { StateMessage } from "../ui/StateMessage";
import { stateIcons } from "../ui/stateIcons";
import styles from "./ExperimentStates.module.css";

/** Says that the experiment is no more: nothing of it is shown that could still be acted on. */
export function Gone({ name }: { name: string | undefined }) {
  return (
    <StateMessage
      large
      picture={stateIcons.deleted}
      title={name ?? "No such experiment"}
      testId="experiment-gone"
      actions={
        <>
          <Link href="/experiments">All experiments</Link>
          <Link href="/">Go to the Lab</Link>
        </>
      }
    >
      <p>
        {name === undefined
          ? "There is no experiment at this address. It may have been deleted."
          : "This experiment was deleted elsewhere, with its curves and results."}
      </p>
    </StateMessage>
  );
}

interface UnreadableProps {
  id: string;
  error: ApiError;
  onRetry: () => void;
  onDeleted: () => void;
}

/** Says that the lab has the experiment but can't read it. */
export function Unreadable({ id, error, onRetry, onDeleted }: UnreadableProps) {
  const { copied, copy } = useCopy();
  const details = `Experiment ${id}, ${new Date().toISOString()}: ${error.status}, ${error.message}`;
  return (
    <StateMessage
      large
      wrong
      picture={stateIcons.unreadable}
      title="The lab could not read this experiment"
      testId="experiment-unreadable"
      actions={
        <>
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
          <Button size="xs" variant="default" onClick={() => copy("Details", details)}>
            {copied ? "Details copied" : "Copy details"}
          </Button>
          <ConfirmDelete id={id} name="this experiment" onDeleted={onDeleted} />
        </>
      }
    >
      <p>{error.message}</p>
    </StateMessage>
  );
}

/** Tells, over the page, that the connection is lost; it takes no room, so that nothing moves. */
export function OfflineBanner({ snapshot }: { snapshot: Snapshot }) {
  const text = connectionText(snapshot);
  if (text === null) return null;
  return (
    <p className={styles.offline} role="status" data-testid="reconnecting">
      {text}
    </p>
  );
}
