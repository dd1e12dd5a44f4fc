import { TextInput, UnstyledButton } from "@mantine/core";
import { useMemo, useState } from "react";
import type { ColumnView } from "../../api/types";
import { count } from "../../format";
import { icons } from "../../ui/icons";
import { matching } from "./columns";

/** Columns from which they can be searched. */
const SEARCHED = 16;
const MORE = 100;

export interface FoundColumns {
  search: string;
  setSearch: (search: string) => void;
  /** Number of all columns. */
  all: number;
  /** Those that match the search. */
  found: readonly ColumnView[];
  /** The first of them. */
  shown: readonly ColumnView[];
  showMore: () => void;
}

/** Those of `columns` that match a search, `first` of them to begin with. Those that are `wanted` are always shown. */
export function useFoundColumns(
  columns: readonly ColumnView[],
  first: number,
  wanted: ReadonlySet<string> = NONE,
): FoundColumns {
  const [search, setSearch] = useState("");
  const [most, setMost] = useState(first);
  const found = useMemo(() => matching(columns, search), [columns, search]);
  const shown = useMemo(() => {
    const seen = new Set(found.slice(0, most));
    return columns.filter((column) => seen.has(column) || wanted.has(column.name));
  }, [columns, found, most, wanted]);
  return { search, setSearch, all: columns.length, found, shown, showMore: () => setMost((before) => before + MORE) };
}

const NONE: ReadonlySet<string> = new Set();

/** A field to search columns by their names, where there are many. */
export function ColumnSearch({ found: { all, search, setSearch, found } }: { found: FoundColumns }) {
  if (all < SEARCHED) return null;
  return (
    <TextInput
      type="search"
      leftSection={icons.search}
      placeholder={`Search ${count(all)} columns`}
      aria-label="Search columns"
      value={search}
      onChange={(event) => setSearch(event.currentTarget.value)}
      error={found.length === 0 ? "No columns match" : null}
    />
  );
}

/** A button that shows more of the columns that match, while there are more. */
export function MoreColumns({ found: { found, shown, showMore } }: { found: FoundColumns }) {
  const left = found.length - shown.length;
  if (left <= 0) return null;
  return (
    <UnstyledButton className="more target" onClick={showMore}>
      Show {count(Math.min(left, MORE))} more of {count(left)}
    </UnstyledButton>
  );
}
