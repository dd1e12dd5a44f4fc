import { useMediaQuery } from "@mantine/hooks";
import clsx from "clsx";
import { useMemo } from "react";
import type { PointsSample, Preview } from "../../api/types";
import { MARKS } from "../../charts/marks";
import { CLASS_SYMBOLS, classColour, targetColours } from "../../charts/palette";
import { useWidth } from "../../charts/useWidth";
import { isNumeric, targetPhrase } from "../../experiment/tasks";
import { className, count, figure, majorityText, plural } from "../../format";
import { useScheme } from "../../ui/scheme";
import styles from "./DataPreview.module.css";
import { Pictures } from "./Pictures";
import { Scatter } from "./Scatter";
import { SeriesGrid } from "./SeriesGrid";
import { scatterPlot } from "./scatter";

interface Props {
  preview: Preview;
  /** Whether the settings have changed since. */
  stale: boolean;
  /** Why it isn't of the present settings, where that may last. */
  note?: string | null;
}

/** The data set, drawn before a run. */
export function DataPreview({ preview, stale, note = null }: Props) {
  const { sample, message } = preview;
  return (
    <section className={styles.preview} aria-label="Data set" data-stale={stale || undefined} data-sample={sample.kind}>
      <h2>
        {plural(preview.rows, "row")}, {targetPhrase(preview)}
        {note ? (
          <span className={clsx("trap", styles.late)}>{note}</span>
        ) : (
          <span className="hint">{shownText(preview)}</span>
        )}
      </h2>
      {message && <p className="trap">{message}</p>}
      {sample.kind === "points" && <Points preview={preview} sample={sample} />}
      {sample.kind === "images" && <Pictures preview={preview} sample={sample} />}
      {sample.kind === "series" && <SeriesGrid preview={preview} sample={sample} />}
      {preview.warnings.map((warning) => (
        <p className="trap" key={warning}>
          {warning}
        </p>
      ))}
      <Balance preview={preview} />
    </section>
  );
}

function shownText(preview: Preview): string {
  const { sample, shape, rows, feature_names } = preview;
  const features = feature_names.length;
  if (sample.kind === "none") return `${shape.join("×")} values each`;
  const shown = `${count(sample.y.length)} of them are drawn`;
  if (sample.kind === "images") return `${sample.width}×${sample.height} pixels each; ${shown}`;
  if (sample.kind === "series") return `${shape[0]} steps of ${plural(shape[1] ?? 1, "feature")} each; ${shown}`;
  const flat = features > 2 ? `${features} features, drawn on their two principal components` : "";
  return [flat, sample.y.length < rows ? shown : ""].filter(Boolean).join("; ");
}

/** Widths of the scatter plot from which it stands beside the arms' panels, and has the stage for itself. */
const BESIDE = 380;
const WIDE = 600;
/** Where the stage stands above the cards; its height before that is in Workbench.module.css. */
const ONE_COLUMN = "(max-width: 900px)";

function Points({ preview, sample }: { preview: Preview; sample: PointsSample }) {
  const scheme = useScheme();
  const [ref, width] = useWidth<HTMLDivElement>();
  const isAlone = useMediaQuery(ONE_COLUMN, undefined, { getInitialValueInEffect: false });
  const shape = isAlone || width < BESIDE ? 0.6 : width < WIDE ? 1 : 0.62;
  const height = Math.max(220, Math.min(isAlone ? 300 : 520, Math.round(width * shape)));
  const drawn = useMemo(
    () => scatterPlot(preview, sample, { width, height }, scheme),
    [preview, sample, width, height, scheme],
  );
  const [horizontal = "", vertical = ""] = sample.axes;
  return (
    <div ref={ref}>
      {width > 0 && (
        <Scatter
          plot={drawn}
          width={width}
          height={height}
          titles={[horizontal, vertical]}
          label={sentence(preview, sample)}
        />
      )}
    </div>
  );
}

function sentence({ rows, sizes, classes, task, target, target_names }: Preview, { axes }: PointsSample): string {
  const [x = "", y = ""] = axes;
  const parts = `${sizes.train} to train on, filled, and ${sizes.test} to test on, hollow`;
  const colours =
    task === "labels"
      ? `${target_names[0]} by colour`
      : isNumeric(task)
        ? `${target_names[0] ?? "the target"} runs from ${figure(target?.min)} to ${figure(target?.max)}`
        : `${classes} classes by colour and shape`;
  return `Scatter plot of ${plural(rows, "row")} by ${x} and ${y}: ${parts}; ${colours}.`;
}

/** Accuracy of always saying one class from which it is told: a high accuracy means little then. */
const LOPSIDED = 0.6;

const PARTS = [
  ["train", "train, filled"],
  ["validation", "validation, hollow"],
  ["test", "test, hollow"],
  ["holdout", "sealed, not shown"],
] as const;

/** Rows of each part with the second value of each label. */
function Labels({ labels, drawn }: { labels: Preview["labels"]; drawn: boolean }) {
  return (
    <>
      <table className={styles.balance} data-testid="labels">
        <thead>
          <tr>
            <th scope="col">label</th>
            <th scope="col">train</th>
            <th scope="col">validation</th>
            <th scope="col">test</th>
          </tr>
        </thead>
        <tbody>
          {labels.map(({ name, values, train, validation, test }) => (
            <tr key={name}>
              <th scope="row">
                {name}: {values[1]}
              </th>
              {[train, validation, test].map((of, part) => (
                <td key={part}>{count(of)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {drawn && <p className="hint">Colours show the first label, {labels[0]?.name}.</p>}
    </>
  );
}

/** Range, mean and standard deviation of each target over the training rows. */
function Targets({ targets, drawn }: { targets: Preview["targets"]; drawn: boolean }) {
  return (
    <>
      {targets.map(({ name, min, max, mean, std }) => (
        <p className="hint" key={name}>
          {name} of the training rows: {figure(min)} to {figure(max)}, mean {figure(mean)}, standard deviation{" "}
          {figure(std)}
        </p>
      ))}
      {drawn && <p className="hint">Colours show the first target, {targets[0]?.name}.</p>}
    </>
  );
}

/** Number of rows of each part, by class in classification. */
function Balance({ preview }: { preview: Preview }) {
  const scheme = useScheme();
  const { class_balance, class_names, majority, sample, sizes, target, task } = preview;
  const points = sample.kind === "points";
  const parts = PARTS.filter(([part]) => sizes[part] > 0);
  const curve = isNumeric(task) && preview.feature_names.length === 1;
  return (
    <div className="scrolls">
      <table className={styles.balance}>
        <thead>
          <tr>
            <th scope="col">rows</th>
            <th scope="col">all</th>
            {class_balance.train.map((_, label) => (
              <th scope="col" key={label}>
                {points && (
                  <span style={{ color: classColour(label, scheme) }} aria-hidden="true">
                    {MARKS[CLASS_SYMBOLS[label % CLASS_SYMBOLS.length] ?? "circle"]}{" "}
                  </span>
                )}
                {className(class_names, label)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {parts.map(([part, title]) => (
            <tr key={part}>
              <th scope="row">{points ? title : title.split(",")[0]}</th>
              <td>{count(sizes[part])}</td>
              {part !== "holdout" && class_balance[part].map((of, label) => <td key={label}>{count(of)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
      {(majority?.test ?? 0) >= LOPSIDED && majority && (
        <p className="hint" data-testid="majority">
          {majorityText(majority.name, [["test", majority.test]], task === "labels")}
        </p>
      )}
      {preview.labels.length > 0 && <Labels labels={preview.labels} drawn={points} />}
      {preview.targets.length > 0 && <Targets targets={preview.targets} drawn={points && !curve} />}
      {target && preview.targets.length === 0 && (
        <p className={clsx("hint", styles.target)}>
          Target of the training rows: {figure(target.min)} to {figure(target.max)}, mean {figure(target.mean)},
          standard deviation {figure(target.std)}
          {!curve && points && (
            <span
              className={styles.ramp}
              style={{ background: `linear-gradient(90deg, ${targetColours(scheme).join()})` }}
            />
          )}
        </p>
      )}
    </div>
  );
}
