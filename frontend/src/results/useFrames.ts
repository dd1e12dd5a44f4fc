import type { ApiError } from "../api/problem";
import type { Frames } from "../state/frames";
import { useGrowing } from "../state/useGrowing";
import { frameVersions, type ViewProps } from "./viewProps";

/** The frames of every arm, in the arms' order, kept up while this is shown. */
export function useFrames(props: ViewProps): {
  frames: readonly (Frames | null)[];
  /** Those that are there. */
  all: readonly Frames[];
  error: ApiError | null;
  /** Whether an arm's answer has not come yet. */
  waiting: boolean;
} {
  const { data, arms } = props;
  const answers = useGrowing(data.frames, data.id === "" ? [] : frameVersions(props));
  const frames = arms.map((arm) => {
    const value = answers.get(arm.name)?.value ?? null;
    return value?.epoch.length ? value : null;
  });
  const all = frames.filter((each) => each !== null);
  const error = arms.map((arm) => answers.get(arm.name)?.error ?? null).find((each) => each !== null) ?? null;
  return { frames, all, error, waiting: arms.some((arm) => !answers.has(arm.name)) };
}
