import type { Json } from "../api/catalog";
import { plain } from "./phrases";

const MOST = 256;

/** "1-3, 7" as [1, 2, 3, 7]. Other text stays as it is, for the form's check to report. */
export function seedsOf(text: string): Json[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)
    .flatMap((part): Json[] => {
      const range = /^(\d+)\s*[-–]\s*(\d+)$/.exec(part);
      if (!range) return [/^(0|[1-9]\d*)$/.test(part) ? Number(part) : part];
      const first = Number(range[1]);
      const count = Number(range[2]) - first + 1;
      // One more than is allowed is enough for the error.
      return count < 1 ? [part] : Array.from({ length: Math.min(count, MOST + 1) }, (_, i) => first + i);
    });
}

/** [1, 2, 3, 7] as "1-3, 7". */
export function seedText(seeds: readonly Json[]): string {
  const parts: string[] = [];
  for (let i = 0; i < seeds.length; i++) {
    let end = i;
    while (typeof seeds[end] === "number" && seeds[end + 1] === (seeds[end] as number) + 1) end++;
    parts.push(end > i + 1 ? `${plain(seeds[i])}-${plain(seeds[end])}` : plain(seeds[i]));
    if (end > i + 1) i = end;
  }
  return parts.join(", ");
}
