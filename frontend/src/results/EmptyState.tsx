import { keys, queryClient } from "../state/queries";
import { Notice } from "../ui/Notice";
import { StateMessage } from "../ui/StateMessage";
import { stateIcons } from "../ui/stateIcons";
import { type Emptiness, emptyText } from "./emptyText";

interface Props extends Emptiness {
  /** Id of the experiment. */
  id: string;
  error: Error | null;
  /** Whether the lab has not answered yet. */
  waiting: boolean;
}

/** The reason why a view is empty: nothing yet, nothing kept, nothing for such data, or an error. */
export function EmptyState({ id, error, waiting, ...emptiness }: Props) {
  if (error) {
    const retry = () => void queryClient.resetQueries({ queryKey: keys.experiment(id) });
    return <Notice message={error.message} onRetry={retry} />;
  }
  if (waiting) return null;
  return <StateMessage picture={stateIcons.empty} title={emptyText(emptiness)} testId="nothing" />;
}
