import type { Difference } from "../../api/types";
import type { Unit } from "../../experiment/replicates";
import { count, plural } from "../../format";

/** What a difference was paired over: "10 seeds", "5 folds", "300 rows of one seed". */
export function pairsText({ kind, n, rows }: Pick<Difference, "kind" | "n" | "rows">, unit: Unit): string {
  if (kind === "draws") return plural(n, unit === "fold" ? "fold" : "draw");
  return kind === "seeds" || rows === null ? plural(n, "seed") : `${count(rows)} rows of one seed`;
}

/** How often studies claim what is not so. Folds of one table can't be added to. */
export function promiseText(unit: Unit, planned: number | null): string {
  const kept = "If all arms were equal, at most one study in 20 would claim a difference";
  if (planned !== null) return `${kept}, all looks together.`;
  return unit === "fold" ? `${kept}.` : `${kept}, even where ${unit}s are added ten at a time.`;
}
