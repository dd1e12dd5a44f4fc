import clsx from "clsx";
import { keys, queryClient } from "../state/queries";
import { Notice } from "../ui/Notice";
import styles from "./EmptyState.module.css";

interface Props {
  /** Id of the experiment. */
  id: string;
  error: Error | null;
  /** Whether the lab has not answered yet. */
  waiting: boolean;
  /** Whether data may still come. */
  open: boolean;
  never: string;
}

/** The reason why a view is empty: nothing yet, nothing ever, or an error. */
export function EmptyState({ id, error, waiting, open, never }: Props) {
  if (waiting && !error) return null;
  if (error) {
    const retry = () => void queryClient.resetQueries({ queryKey: keys.experiment(id) });
    return <Notice message={error.message} onRetry={retry} />;
  }
  return (
    <p className={clsx("hint", styles.nothing)} data-testid="nothing">
      {open ? "No snapshots yet. The first is taken within the first epochs." : never}
    </p>
  );
}
