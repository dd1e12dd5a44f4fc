import { useQueries } from "@tanstack/react-query";
import type { Frames } from "../state/frames";
import { queries } from "../state/queries";
import type { ViewProps } from "./viewProps";

/** The frames of the arms that have panels, in their order. */
export function useFrames({ view, arms }: Pick<ViewProps, "view" | "arms">): {
  /** Null for an arm that has none. */
  frames: readonly (Frames | null)[];
  /** Frames of the arms that have them. */
  all: readonly Frames[];
  error: Error | null;
  /** Whether an arm's answer has not come yet. */
  waiting: boolean;
} {
  const answers = useQueries({ queries: arms.map((arm) => queries.frames(view.id, arm.name)) });
  const frames = answers.map(({ data }) => (data?.epoch.length ? data : null));
  return {
    frames,
    all: frames.filter((each) => each !== null),
    error: answers.map(({ failureReason }) => failureReason).find((each) => each !== null) ?? null,
    waiting: answers.some(({ isPending }) => isPending),
  };
}
