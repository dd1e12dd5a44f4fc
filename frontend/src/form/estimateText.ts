import type { Setup } from "./store";

/**
 * What Run would take, in the service's words: "about 40 s, 12 MB". Of the draft before while the service is asked about
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
