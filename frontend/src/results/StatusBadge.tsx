import type { Status } from "../api/types";

/** Status of an experiment or a run, in a word. */
export function StatusBadge({ status }: { status: Status }) {
  return (
    <span className="status" data-status={status} data-testid="status">
      {status}
    </span>
  );
}
