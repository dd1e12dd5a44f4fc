import clsx from "clsx";
import type { ApiError } from "../api/problem";
import { Notice } from "../ui/Notice";
import styles from "./EmptyState.module.css";

interface Props {
  error: ApiError | null;
  /** Whether the service has not yet answered. */
  waiting: boolean;
  /** Whether there may be something later. */
  open: boolean;
  never: string;
}

/** Why a view has nothing to show: not yet, not at all, or because it could not be had. */
export function EmptyState({ error, waiting, open, never }: Props) {
  if (waiting && !error) return null;
  if (error) return <Notice message={error.message} />;
  return (
    <p className={clsx("hint", styles.nothing)} data-testid="nothing">
      {open ? "Nothing has been seen yet: the first snapshots come with the first epochs." : never}
    </p>
  );
}
