import clsx from "clsx";
import type { PredictedRow, Predictions } from "../../api/types";
import { plural } from "../../format";
import { PixelPicture } from "../../ui/PixelPicture";
import tableStyles from "../../ui/table.module.css";
import styles from "./RowsView.module.css";
import { bytesOf, cellText, predictionText, probabilityText } from "./rows";

/** Rows with their predictions first, then with their own columns. */
export function RowsTable({ found }: { found: Predictions }) {
  const { classes, columns, picture, target, more_columns } = found;
  const isClasses = classes.length > 0;
  const compares = found.rows.some((row) => row.baseline !== null);
  const numbers = clsx(tableStyles.number, styles.number);
  const kinds = columns.map((_, index) =>
    found.rows.some((row) => typeof row.cells[index] === "number") ? numbers : undefined,
  );
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label="Table of rows">
        <table className={tableStyles.table} data-testid="rows-table">
          <thead>
            <tr>
              <th scope="col" className={tableStyles.number}>
                Row
              </th>
              {picture && <th scope="col">Picture</th>}
              <th scope="col">{target ?? (isClasses ? "Class" : "Target")}</th>
              <th scope="col">Prediction</th>
              <th scope="col" className={tableStyles.number}>
                {isClasses ? "Probability" : "Error"}
              </th>
              {compares && <th scope="col">Baseline</th>}
              {columns.map((name, index) => (
                <th scope="col" key={name} className={kinds[index]}>
                  <div className={styles.text}>{name}</div>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.rows.map((row) => (
              <tr key={row.row} data-testid="predicted-row">
                <td className={tableStyles.number}>{row.row}</td>
                {picture && (
                  <td className={styles.picture}>
                    <PixelPicture
                      pixels={bytesOf(row.pixels ?? "")}
                      height={picture[0] as number}
                      width={picture[1] as number}
                      channels={picture[2] as number}
                      label={`row ${row.row}`}
                    />
                  </td>
                )}
                <td>
                  <div className={styles.text}>{cellText(row.truth)}</div>
                </td>
                <td className={clsx(row.right === false && styles.mistake)}>
                  <div className={styles.text}>{predictionText(row.prediction)}</div>
                </td>
                <td className={tableStyles.number}>
                  {isClasses ? probabilityText(row.probability) : predictionText(row.error)}
                </td>
                {compares && <Baseline said={row.baseline} isClasses={isClasses} />}
                {columns.map((name, index) => (
                  <td key={name} className={kinds[index]}>
                    <div className={styles.text}>{cellText(row.cells[index] ?? null)}</div>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {more_columns > 0 && <p className="hint">The CSV has {plural(more_columns, "further column")}.</p>}
    </>
  );
}

function Baseline({ said, isClasses }: { said: PredictedRow["baseline"]; isClasses: boolean }) {
  if (!said) return <td />;
  return (
    <td className={clsx(said.right === false && styles.mistake)}>
      {predictionText(said.prediction)}{" "}
      <span className="hint">
        {isClasses ? probabilityText(said.probability) : `error ${predictionText(said.error)}`}
      </span>
    </td>
  );
}
