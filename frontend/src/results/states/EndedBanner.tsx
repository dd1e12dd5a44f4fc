import { Button } from "@mantine/core";
import type { Status } from "../../api/types";
import type { LabState } from "../../state/fold";
import { StateMessage } from "../../ui/StateMessage";
import { stateIcons } from "../../ui/stateIcons";
import { endedText, retryText } from "./stateText";

interface Props {
  status: Extract<Status, "failed" | "cancelled">;
  runs: LabState["runs"];
  /** Trains the runs again that didn't finish; settles when it was asked for. */
  onRetry: () => void;
  busy: boolean;
}

/** How an experiment ended that has runs which didn't finish, in the verdict's place. */
export function EndedBanner({ status, runs, onRetry, busy }: Props) {
  const all = [...runs.values()];
  const { title, rest } = endedText(all);
  const failed = all.some((run) => run.status === "failed");
  return (
    <StateMessage
      picture={failed ? stateIcons.failed : stateIcons.cancelled}
      title={title}
      wrong={failed}
      testId={`state:${status}`}
      actions={
        <Button
          size="compact-sm"
          variant={failed ? "filled" : "default"}
          loading={busy}
          onClick={onRetry}
          title="Trains them from their first epoch. Runs that have finished stay as they are; it is no further look"
          data-testid="retry"
        >
          {retryText(all)}
        </Button>
      }
    >
      <p>{rest}</p>
    </StateMessage>
  );
}
