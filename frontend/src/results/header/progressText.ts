import type { Status } from "../../api/types";
import { clockTime, count, duration, pace } from "../../format";
import type { Snapshot } from "../../state/live";
import type { Progress } from "../../state/progress";

/** Progress of an open experiment, part by part: those that matter less come last. Without a connection neither its pace nor the time left is known. */
export function progressTexts(
  { done, total, rate, left }: Progress,
  status: Status,
  { connection }: Pick<Snapshot, "connection">,
): string[] {
  const known = status === "running" && connection !== "reconnecting";
  return [
    `${count(done)} of ${count(total)} epochs`,
    ...(known && left !== null && left > 0 ? [`${duration(left)} left`] : []),
    ...(known && rate !== null ? [pace(rate)] : []),
  ];
}

/** What is known while the connection is lost; null while it isn't. */
export function connectionText({ connection, lostAt }: Pick<Snapshot, "connection" | "lostAt">): string | null {
  if (connection !== "reconnecting") return null;
  return `Offline, reconnecting.${lostAt === null ? "" : ` Figures are as of ${clockTime(lostAt)}`}`;
}
