import { Button, FileButton } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import clsx from "clsx";
import { useRef, useState } from "react";
import { predict, predictCsv, uploaded } from "../../api/predict";
import { ApiError } from "../../api/problem";
import type { NewPredictions } from "../../api/types";
import type { RunState } from "../../state/fold";
import tableStyles from "../../ui/table.module.css";
import viewStyles from "../view.module.css";
import styles from "./RowsView.module.css";
import { cellText, pageText, predictionText, probabilityText } from "./rows";

const PAGE = 50;

/** Predictions for the rows of a file that a person uploads. */
export function NewRows({ id, run }: { id: string; run: RunState }) {
  const clear = useRef<() => void>(null);
  const asked = useMutation({
    mutationFn: async (file: File) => {
      const upload = await uploaded(file);
      return { upload, name: file.name, found: await predict(id, run, upload) };
    },
  });
  const { data, error, isPending } = asked;
  return (
    <section className={styles.newRows} aria-label="Predict new rows" data-testid="new-rows">
      <h2>Predict new rows</h2>
      <p className={viewStyles.description}>
        A file of rows like those that this run was trained on, which are prepared in the same way. A table needs no
        target.
      </p>
      <FileButton
        resetRef={clear}
        onChange={(file) => {
          if (file) asked.mutate(file);
          clear.current?.(); // so that the same file can be chosen again, once it is mended
        }}
      >
        {(props) => (
          <Button {...props} size="xs" variant="default" loading={isPending} data-testid="predict-upload">
            Choose a file
          </Button>
        )}
      </FileButton>
      {error && (
        <div className="wrong" role="alert" data-testid="predict-refused">
          <p>{error.message}</p>
          {error instanceof ApiError && error.problems.length > 1 && (
            <ul>
              {error.problems.slice(0, 10).map(({ location, message }) => (
                <li key={`${location.join(" ")} ${message}`}>
                  {location.join(" ")}: {message}
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
      {data && !isPending && <Predicted key={data.upload} {...data} onCsv={() => predictCsv(id, run, data.upload)} />}
    </section>
  );
}

interface PredictedProps {
  /** Name of the file. */
  name: string;
  found: NewPredictions;
  onCsv: () => Promise<Blob>;
}

function Predicted({ name, found, onCsv }: PredictedProps) {
  const csv = useMutation({ mutationFn: async () => saveAs("predictions.csv", await onCsv()) });
  const [start, setStart] = useState(0);
  const { classes, columns, rows, target, target_names: several } = found;
  const shown = rows.slice(start, start + PAGE);
  const button = { size: "xs" as const, variant: "default" as const };
  return (
    <>
      <p className={viewStyles.description} role="status" data-testid="predicted">
        Predictions for {rows.length === 1 ? "the row" : `the ${rows.length} rows`} of {name}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label="Table of predictions">
        <table className={tableStyles.table} data-testid="predicted-table">
          <thead>
            <tr>
              <th scope="col" className={tableStyles.number}>
                Row
              </th>
              {several.length === 0 && <th scope="col">{target ? `Predicted ${target}` : "Prediction"}</th>}
              {several.map((name) => (
                <th scope="col" key={`target ${name}`}>
                  <div className={styles.text}>Predicted {name}</div>
                </th>
              ))}
              {classes.length > 0 && (
                <th scope="col" className={tableStyles.number}>
                  Probability
                </th>
              )}
              {columns.map((column) => (
                <th scope="col" key={column}>
                  <div className={styles.text}>{column}</div>
                </th>
              ))}
              {rows.some(({ note }) => note !== null) && <th scope="col">Note</th>}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ prediction, predictions, probabilities, cells, note }, index) => (
              <tr key={start + index}>
                <td className={tableStyles.number}>{start + index + 1}</td>
                {several.length === 0 && (
                  <td className={clsx(classes.length === 0 && tableStyles.number)}>
                    <div className={styles.text}>
                      {prediction === null && note !== null ? "–" : predictionText(prediction)}
                    </div>
                  </td>
                )}
                {several.map((name, place) => (
                  <td key={`target ${name}`}>
                    <div className={styles.text}>
                      {predictionText(predictions?.[name] ?? null)}{" "}
                      {probabilities && (
                        <span className="hint">
                          {probabilityText(probabilities[name] ?? null)} for {found.label_names[place]?.[1]}
                        </span>
                      )}
                    </div>
                  </td>
                ))}
                {classes.length > 0 && (
                  <td className={tableStyles.number}>{probabilityText(probabilities?.[String(prediction)] ?? null)}</td>
                )}
                {columns.map((column, place) => (
                  <td key={column}>
                    <div className={styles.text}>{cellText(cells[place] ?? null)}</div>
                  </td>
                ))}
                {note !== null && <td data-testid="predicted-note">{note}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div className={styles.pages}>
        {rows.length > PAGE && (
          <>
            <Button {...button} disabled={start === 0} onClick={() => setStart(start - PAGE)}>
              Previous
            </Button>
            <Button {...button} disabled={start + PAGE >= rows.length} onClick={() => setStart(start + PAGE)}>
              Next
            </Button>
            <span className="hint">{pageText(start, shown.length, rows.length)}</span>
          </>
        )}
        <Button {...button} loading={csv.isPending} onClick={() => csv.mutate()} data-testid="predicted-csv">
          Predictions as CSV
        </Button>
        {csv.error && (
          <span className="wrong" role="alert">
            {csv.error.message}
          </span>
        )}
      </div>
    </>
  );
}

/** Saves `content` as a file of the person's. */
function saveAs(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
