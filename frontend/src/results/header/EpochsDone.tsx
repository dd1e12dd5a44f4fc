import { Progress } from "@mantine/core";
import { count } from "../../format";

/** Bar that shows how many of all epochs are done. */
export function EpochsDone({ done, total }: { done: number; total: number }) {
  return (
    <Progress
      value={(100 * done) / Math.max(total, 1)}
      size={4}
      transitionDuration={0}
      aria-label={`${count(done)} of ${count(total)} epochs`}
    />
  );
}
