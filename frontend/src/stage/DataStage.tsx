import { useMemo } from "react";
import type { Preview } from "../api/types";
import { Plot } from "../charts/Plot";
import { CLASS_SYMBOLS, classColour } from "../charts/palette";
import { scatterFigure } from "../charts/scatter";
import { useWidth } from "../charts/useWidth";
import { useScheme } from "../scheme";
import { count, plural } from "../words";

const MARKS: Record<(typeof CLASS_SYMBOLS)[number], string> = {
  circle: "●",
  diamond: "◆",
  square: "■",
  "triangle-up": "▲",
  "triangle-down": "▼",
  cross: "✚",
  x: "✖",
  star: "★",
};

/** The data set before anything is run: its rows on their first two features. */
export function DataStage({ preview, stale }: { preview: Preview; stale: boolean }) {
  const scheme = useScheme();
  const [ref, width] = useWidth<HTMLDivElement>();
  const height = Math.max(260, Math.min(520, Math.round(width * 0.62)));
  const figure = useMemo(() => scatterFigure(preview, { width, height }, scheme), [preview, width, height, scheme]);
  const { train, test } = preview.class_balance;
  const columns = preview.feature_names.length;
  return (
    <section className="data-stage" aria-label="Data set" data-stale={stale || undefined}>
      <h2>
        {plural(preview.rows, "row")}, {preview.classes} classes
        {columns > 2 && <span className="hint">the first 2 of {columns} features are drawn</span>}
        {preview.points.y.length < preview.rows && (
          <span className="hint">{count(preview.points.y.length)} of them are drawn</span>
        )}
      </h2>
      <div ref={ref}>{width > 0 && <Plot figure={figure} label={sentence(preview)} />}</div>
      <div className="scrolls">
        <table className="balance">
          <thead>
            <tr>
              <th scope="col">rows</th>
              {train.map((_, label) => (
                <th scope="col" key={label}>
                  <span style={{ color: classColour(label, scheme) }} aria-hidden="true">
                    {MARKS[CLASS_SYMBOLS[label % CLASS_SYMBOLS.length] ?? "circle"]}
                  </span>{" "}
                  class {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[
              { name: "train, filled", rows: train },
              { name: "test, hollow", rows: test },
            ].map(({ name, rows }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {rows.map((of, label) => (
                  <td key={label}>{count(of)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function sentence(preview: Preview): string {
  const [x = "", y = ""] = preview.feature_names;
  return `Scatter plot of ${plural(preview.rows, "row")} by ${x} and ${y}: ${preview.train_rows} to train on, filled, and ${preview.test_rows} to test on, hollow; ${preview.classes} classes by colour and shape.`;
}
