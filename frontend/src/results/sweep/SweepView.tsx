import { SegmentedControl } from "@mantine/core";
import clsx from "clsx";
import { useMemo, useState } from "react";
import type { ExperimentView, SweepAnswer } from "../../api/types";
import { Plot } from "../../charts/Plot";
import { armColour } from "../../charts/palette";
import { useWidth } from "../../charts/useWidth";
import { capital, figure, plural, scoreName, spreadText } from "../../format";
import { useScheme } from "../../ui/scheme";
import tableStyles from "../../ui/table.module.css";
import viewStyles from "../view.module.css";
import styles from "./SweepView.module.css";
import { type SweepPart, shade, sweepFigure } from "./sweepFigure";

type Point = SweepAnswer["points"][number];

const digits = (part: SweepPart) => (part === "norm" ? 2 : 3);

interface Props {
  view: ExperimentView;
  answer: SweepAnswer | undefined;
  error: Error | null;
}

/** Score, gap and norms against the values of a sweep, updated as its runs finish. */
export function SweepView({ view, answer, error }: Props) {
  const seeds = view.experiment.seeds?.length ?? 1;
  return (
    <section className={styles.sweep} aria-label="Sweep" data-testid="sweep">
      <h2>
        {answer ? capital(answer.axes.map((axis) => axis.title).join(" × ")) : "Sweep"}
        <span className="hint">
          {plural(view.arms.length, "arm")} × {plural(seeds, "seed")}
        </span>
      </h2>
      {error && <p className="wrong">{error.message}</p>}
      {answer ? (
        <>
          <p data-testid="sweep-sentence" aria-live="polite">
            {answer.sentence}.
          </p>
          {answer.axes.length === 1 ? <Curves answer={answer} /> : <HeatMap answer={answer} />}
          {answer.axes.length === 1 && <Figures answer={answer} />}
        </>
      ) : (
        !error && <p className="hint">Results appear when the first run finishes.</p>
      )}
    </section>
  );
}

function Key({ judgedOn }: { judgedOn: string }) {
  const scheme = useScheme();
  return (
    <p className={clsx("hint", styles.keys)} aria-hidden="true">
      <span>
        <i className={viewStyles.key} /> train
      </span>
      <span>
        <i className={clsx(viewStyles.key, viewStyles.dashed)} /> {judgedOn}
      </span>
      <span>
        <i className={clsx(viewStyles.key, viewStyles.dotted)} /> baseline
      </span>
      <span>★ best</span>
      <span>
        <span style={{ color: armColour(2, scheme) }}>◇</span> one-standard-error pick
      </span>
    </p>
  );
}

/** Three charts over the values of one number. */
function Curves({ answer }: { answer: SweepAnswer }) {
  const score = scoreName(answer.score);
  const weight = answer.weight?.replace(".", " ") ?? "weight";
  const parts: [SweepPart, string, string][] = [
    ["score", capital(score), `train and ${answer.judged_on}, mean ± standard error`],
    ["gap", "Gap", `train minus ${answer.judged_on}, mean ± standard error`],
    ["norm", `Norms of ${weight}`, "mean, least to greatest of all units"],
  ];
  return (
    <>
      <Key judgedOn={answer.judged_on} />
      <div className={styles.figures}>
        {parts.map(([part, title, means]) => (
          <Curve key={part} answer={answer} part={part} title={title} means={means} />
        ))}
      </div>
    </>
  );
}

interface CurveProps {
  answer: SweepAnswer;
  part: SweepPart;
  title: string;
  means: string;
}

function Curve({ answer, part, title, means }: CurveProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const scheme = useScheme();
  const shown = useMemo(() => sweepFigure(answer, part, { width, height: 210, scheme }), [answer, part, width, scheme]);
  const axis = answer.axes[0]?.title ?? "";
  return (
    <figure className={styles.figure} data-testid={`sweep-figure:${part}`}>
      <figcaption>
        <strong>{title}</strong> <span className="hint">{means}</span>
      </figcaption>
      <div ref={ref}>{width > 0 && <Plot figure={shown} label={`${title} over ${axis}: ${answer.sentence}`} />}</div>
      <p className={clsx("hint", styles.axis)}>{axis}</p>
    </figure>
  );
}

/** Mark of a point in a table: a symbol, and its meaning for screen readers. */
function Marks({ answer, index }: { answer: SweepAnswer; index: number }) {
  const marks = [
    ...(answer.best === index ? [["★", "best"]] : []),
    ...(answer.pick === index ? [["◇", "one-standard-error pick"]] : []),
  ];
  return marks.map(([sign, meaning]) => (
    <span key={meaning} title={meaning}>
      <span aria-hidden="true"> {sign}</span>
      <span className="out-of-sight"> {meaning}</span>
    </span>
  ));
}

/** Every value's figures. */
function Figures({ answer }: { answer: SweepAnswer }) {
  const score = scoreName(answer.score);
  const spread = ({ mean, std }: Point["score"]) => spreadText({ mean, sd: std });
  const row = (point: Point, name: string, index: number) => (
    <tr key={name} data-testid={`sweep:${name}`}>
      <th scope="row">
        {name}
        <Marks answer={answer} index={index} />
      </th>
      <td className={tableStyles.number}>{spread(point.train)}</td>
      <td className={tableStyles.number}>{spread(point.score)}</td>
      <td className={tableStyles.number}>{spread(point.gap)}</td>
      <td className={tableStyles.number}>
        {point.norm
          ? `${figure(point.norm.min, 2)} · ${figure(point.norm.mean, 2)} · ${figure(point.norm.max, 2)}`
          : "–"}
      </td>
      <td className={tableStyles.number}>{point.n}</td>
    </tr>
  );
  return (
    <details>
      <summary>As a table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label="Sweep table">
        <table className={tableStyles.table}>
          <thead>
            <tr>
              <th scope="col">{answer.axes[0]?.title}</th>
              <th scope="col" className={tableStyles.number}>
                Train {score}
              </th>
              <th scope="col" className={tableStyles.number}>
                {capital(answer.judged_on)} {score}
              </th>
              <th scope="col" className={tableStyles.number}>
                Gap
              </th>
              <th scope="col" className={tableStyles.number}>
                Norms <span className="hint">least · mean · greatest</span>
              </th>
              <th scope="col" className={tableStyles.number}>
                n
              </th>
            </tr>
          </thead>
          <tbody>
            {row(answer.baseline, answer.baseline.arm, -1)}
            {answer.points.map((point, index) => row(point, figureOf(point.values[0]), index))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

function figureOf(value: number | undefined): string {
  return value === undefined ? "" : String(Number(value.toPrecision(6)));
}

type Shown = "score" | "train" | "gap" | "norm";

function cellValue(point: Point, shown: Shown): number | null {
  return shown === "norm" ? (point.norm?.mean ?? null) : point[shown].mean;
}

/** The figures of every pair of values: a table whose cells are the darker the greater the figure. */
function HeatMap({ answer }: { answer: SweepAnswer }) {
  const [shown, setShown] = useState<Shown>("score");
  const [rows, columns] = answer.axes;
  if (!rows || !columns) return null;
  const score = scoreName(answer.score);
  const cells = answer.points.map((point) => cellValue(point, shown));
  const places = shown === "norm" ? digits("norm") : digits("score");
  const titles: Record<Shown, string> = {
    score: `${capital(answer.judged_on)} ${score}`,
    train: `Train ${score}`,
    gap: "Gap",
    norm: `Mean norm of ${answer.weight?.replace(".", " ") ?? "the weight"}`,
  };
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label="Quantity on the map"
        value={shown}
        data={(Object.keys(titles) as Shown[]).map((value) => ({ value, label: titles[value] }))}
        onChange={(value) => setShown(value as Shown)}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label={`${titles[shown]} over ${rows.title} and ${columns.title}`}>
        <table className={styles.heat} data-testid="heat-map">
          <caption className="hint">
            {titles[shown]}, mean over runs; rows: {rows.title}, columns: {columns.title}; baseline{" "}
            {figure(cellValue(answer.baseline, shown), places)}; ★ best, ◇ one-standard-error pick
          </caption>
          <thead>
            <tr>
              <td />
              {columns.values.map((value) => (
                <th scope="col" key={value}>
                  {figureOf(value)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.values.map((value, row) => (
              <tr key={value}>
                <th scope="row">{figureOf(value)}</th>
                {columns.values.map((other, column) => {
                  const index = row * columns.values.length + column;
                  const dark = shade(cells[index] ?? null, cells);
                  return (
                    <td
                      key={other}
                      style={
                        dark === null ? undefined : ({ "--heat": `${Math.round(dark * 45)}%` } as React.CSSProperties)
                      }
                      data-mark={index === answer.pick ? "pick" : index === answer.best ? "best" : undefined}
                    >
                      {figure(cells[index], places)}
                      <Marks answer={answer} index={index} />
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
