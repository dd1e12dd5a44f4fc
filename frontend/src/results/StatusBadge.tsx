import type { Status } from "../api/types";

/** What an experiment or a run is doing, in a word. */
export function StatusBadge({ status }: { status: Status }) {
  return (
    <span className="status" data-status={status} data-testid="status">
      {status}
    </span>
  );
}
