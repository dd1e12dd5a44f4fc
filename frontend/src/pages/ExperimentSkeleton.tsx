import { Skeleton } from "@mantine/core";
import styles from "./ExperimentStates.module.css";

/** The page's parts before they are known, where they will be. */
export function ExperimentSkeleton() {
  return (
    <div
      className={styles.skeleton}
      aria-busy="true"
      role="status"
      aria-label="Loading"
      data-testid="experiment-loading"
    >
      <Skeleton height={24} width="min(420px, 70%)" my={12} />
      <Skeleton height={20} width="min(640px, 90%)" my={16} />
      <Skeleton height={28} my={8} />
      <div className={styles.panels}>
        <Skeleton height="max(200px, calc((100vh - 320px) / 2))" />
        <Skeleton height="max(200px, calc((100vh - 320px) / 2))" />
      </div>
    </div>
  );
}
