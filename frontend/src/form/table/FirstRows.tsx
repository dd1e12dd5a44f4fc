import { NativeSelect } from "@mantine/core";
import type { CSSProperties } from "react";
import type { ColumnView, FileView, Reading } from "../../api/types";
import { ColumnSearch, MoreColumns, useFoundColumns } from "./ColumnSearch";
import styles from "./FirstRows.module.css";
import { withType } from "./reading";

interface Props {
  file: FileView;
  reading: Reading;
  /** Whether the columns are others once `reading` is applied. */
  isOutdated: boolean;
  onChange: (reading: Reading) => void;
}

/** Columns that are shown at once: a table with thousands would hold up the page. */
const SHOWN = 20;
const ROWS = 5;
const TYPES: readonly ColumnView["type"][] = ["number", "category", "date"];

/** The first rows of a file as they stand in it, with the type of each column to choose. */
export function FirstRows({ file, reading, isOutdated, onChange }: Props) {
  const { columns, first_rows } = file;
  const found = useFoundColumns(columns, SHOWN);
  const places = found.shown.map((column) => columns.indexOf(column));
  return (
    <div className={styles.rows}>
      <ColumnSearch found={found} />
      <section
        className="scrolls"
        aria-label={`First rows of ${file.name}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys scroll it
        tabIndex={0}
        style={{ "--behind": "var(--raised)" } as CSSProperties}
      >
        <table className={styles.table} data-testid="first-rows" data-outdated={isOutdated || undefined}>
          <thead>
            <tr>
              {found.shown.map((column) => (
                <th scope="col" key={column.name}>
                  <span className={styles.name} title={column.name}>
                    {column.name}
                  </span>
                  <NativeSelect
                    aria-label={`Type of ${column.name}`}
                    data={[...TYPES]}
                    disabled={isOutdated}
                    value={reading.types?.[column.name] ?? column.type}
                    onChange={(event) =>
                      onChange(withType(reading, column.name, event.currentTarget.value as ColumnView["type"], file))
                    }
                  />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {first_rows.slice(0, ROWS).map((row, index) => (
              <tr key={index}>
                {places.map((place) => (
                  <td key={place}>{row[place]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <MoreColumns found={found} />
      {isOutdated && <p className="hint">The columns and their types are found anew when it is read so.</p>}
    </div>
  );
}
