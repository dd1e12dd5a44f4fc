import { useMemo } from "react";
import { useSearchParams } from "wouter";
import type { Score } from "../../api/types";
import type { ArmState } from "../../state/arms";
import { type Column, chosenColumns, columnsOf } from "./columns";

interface Columns {
  all: readonly Column[];
  shown: readonly Column[];
  /** Null: the usual columns. */
  choose: (ids: readonly string[] | null) => void;
}

/** Columns of the results. Which are shown is kept in the address, so that a reload and a link show the same. */
export function useColumns(arms: readonly ArmState[], score: Score): Columns {
  const [search, setSearch] = useSearchParams();
  const offered = useMemo(() => columnsOf(arms, score), [arms, score]);
  const choose = (ids: readonly string[] | null) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (ids === null || ids.join() === offered.usual.join()) after.delete("columns");
        else after.set("columns", ids.join());
        return after;
      },
      { replace: true },
    );
  return { all: offered.all, shown: chosenColumns(search.get("columns"), offered), choose };
}
