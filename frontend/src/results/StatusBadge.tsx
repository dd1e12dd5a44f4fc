import type { Status } from "../api/types";
import styles from "./StatusBadge.module.css";

/** What an experiment or a run is doing, in a word. */
export function StatusBadge({ status }: { status: Status }) {
  return (
    <span className={styles.status} data-status={status} data-testid="status">
      {status}
    </span>
  );
}
