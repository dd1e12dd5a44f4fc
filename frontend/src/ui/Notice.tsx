import { Button } from "@mantine/core";
import styles from "./Notice.module.css";

/** An error message, with a button to try again. */
export function Notice({ message, onRetry }: { message: string; onRetry: () => void }) {
  return (
    <div className={styles.notice} role="alert" data-testid="notice">
      <p>{message}</p>
      <Button size="xs" variant="default" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}
