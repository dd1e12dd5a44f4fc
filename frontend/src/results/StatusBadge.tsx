import type { Status } from "../api/types";
import styles from "./StatusBadge.module.css";

/** Status of an experiment or a run, in a word. */
export function StatusBadge({ status }: { status: Status }) {
  return (
    <span className={styles.status} data-status={status} data-testid="status">
      {status}
    </span>
  );
}
