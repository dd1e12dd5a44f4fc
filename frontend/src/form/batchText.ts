import type { Json } from "../api/catalog";
import { count } from "../format";

/** What is trained where the batch is larger than the `rows` to train on; null where it isn't. */
export function batchText(batch: Json | undefined, rows: number | undefined): string | null {
  if (typeof batch !== "number" || rows === undefined || batch <= rows) return null;
  return `All ${count(rows)} training rows make one batch: ${count(rows)} is used, one update an epoch.`;
}
