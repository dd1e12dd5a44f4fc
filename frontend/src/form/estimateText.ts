import type { Setup } from "./store";

/**
 * The lab's estimate of a run: "about 40 s, 12 MB". Of the previous draft while the lab is asked about
 * this one, so that the words stay while one types; nothing where it can't say.
 */
export function estimateText({
  draft,
  checked,
  answered,
}: Pick<Setup, "draft" | "checked" | "answered">): string | null {
  if (!checked || (checked.by !== draft && answered === draft)) return null;
  return checked.view.estimate?.words ?? null;
}
