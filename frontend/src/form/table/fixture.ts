/** Uploaded tables for tests. */
import type { ColumnView, FileView } from "../../api/types";

export function column(more: Partial<ColumnView> = {}): ColumnView {
  const plain = { name: "x", type: "number", distinct: 5, values: ["1", "2", "3"], missing: 0, odd: 0 } as const;
  return { ...plain, values: [...plain.values], left_out: null, ...more };
}

export function file(columns: ColumnView[], more: Partial<FileView> = {}): FileView {
  return {
    kind: "table",
    id: "f".repeat(64),
    name: "table.csv",
    bytes: 100,
    rows: 40,
    uploaded_at: "2026-01-01T00:00:00Z",
    reading: { format: "text", encoding: "utf-8", delimiter: ",", skip: 0, header: true, types: {} },
    notes: [],
    first_rows: [],
    sheets: [],
    proposed_target: columns.findLast(({ type }) => type !== "date")?.name ?? "",
    columns,
    ...more,
  };
}
