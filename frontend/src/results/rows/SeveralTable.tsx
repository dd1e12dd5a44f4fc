import clsx from "clsx";
import type { Predictions } from "../../api/types";
import { plural } from "../../format";
import tableStyles from "../../ui/table.module.css";
import styles from "./RowsView.module.css";
import { cellText, predictionText, probabilityText } from "./rows";

/** Rows of which several labels or targets are predicted: each with its truth, its prediction and the baseline's. */
export function SeveralTable({ found }: { found: Predictions }) {
  const { columns, more_columns, target_names: names, task } = found;
  const isLabels = task === "labels";
  const number = isLabels ? undefined : tableStyles.number;
  return (
    <>
      <p className="hint">
        {isLabels
          ? "Each label: its true value, then the prediction with its probability, then the baseline's prediction."
          : "Each target in its own units: its true value, then the prediction, then the baseline's. The error is the mean over targets as they are trained on: in standard deviations where they are scaled."}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label="Table of rows">
        <table className={tableStyles.table} data-testid="rows-table">
          <thead>
            <tr>
              <th scope="col" className={tableStyles.number}>
                Row
              </th>
              <th scope="col" className={tableStyles.number}>
                {isLabels ? "Labels right" : "Error"}
              </th>
              {names.map((name) => (
                <th scope="col" key={`target ${name}`} className={number}>
                  <div className={styles.text}>{name}</div>
                </th>
              ))}
              {columns.map((name) => (
                <th scope="col" key={name}>
                  <div className={styles.text}>{name}</div>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.rows.map((row) => (
              <tr key={row.row} data-testid="predicted-row">
                <td className={tableStyles.number}>{row.row}</td>
                <td className={tableStyles.number}>
                  {isLabels
                    ? `${row.targets.filter(({ right }) => right).length} of ${names.length}`
                    : predictionText(row.error)}
                </td>
                {names.map((name, place) => {
                  const said = row.targets[place];
                  const rival = row.baseline?.targets[place];
                  return (
                    <td key={`target ${name}`} className={number}>
                      <div className={styles.text}>
                        {cellText(row.truths[place] ?? null)}{" "}
                        {said && (
                          <span className={clsx(said.right === false && styles.mistake)}>
                            → {predictionText(said.prediction)}
                            {isLabels && ` ${probabilityText(said.probability)}`}
                          </span>
                        )}
                        {rival && <span className="hint"> ({predictionText(rival.prediction)})</span>}
                      </div>
                    </td>
                  );
                })}
                {columns.map((name, index) => (
                  <td key={name}>
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
