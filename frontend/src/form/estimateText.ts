import type { Setup } from "./store";

/**
 * Estimated cost of the run: "about 40 s, 12 MB". While a check is pending it is the previous draft's, so that the text
 * doesn't flicker; null where the lab has none.
 */
export function estimateText({
  draft,
  checked,
  answered,
}: Pick<Setup, "draft" | "checked" | "answered">): string | null {
  if (!checked || (checked.draft !== draft && answered === draft)) return null;
  return checked.view.estimate?.words ?? null;
}
