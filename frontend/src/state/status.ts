import type { Status } from "../api/types";

/** Every status of an experiment or a run, and whether it is closed: nothing follows it. */
const CLOSED: Readonly<Record<Status, boolean>> = {
  queued: false,
  running: false,
  paused: false,
  finished: true,
  failed: true,
  cancelled: true,
};

export const STATUSES = Object.keys(CLOSED) as readonly Status[];

export function isClosed(status: Status): boolean {
  return CLOSED[status];
}
