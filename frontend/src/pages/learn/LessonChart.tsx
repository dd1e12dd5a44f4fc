import { roomFor } from "../../charts/drawing";
import { useWidth } from "../../charts/useWidth";
import { plural, scoreName } from "../../format";
import { ArmPanel } from "../../results/ArmPanel";
import { BoundaryCurveDrawing } from "../../results/boundary/BoundaryDrawing";
import { columnsFor } from "../../results/columns";
import { BareCurves } from "../../results/curves/BareCurves";
import viewStyles from "../../results/view.module.css";
import type { ArmState } from "../../state/arms";
import type { Frames } from "../../state/frames";
import { type DotRow, DotRows } from "./DotRows";
import { factsOf, lengthsOf, rowsGained } from "./figures";
import styles from "./learn.module.css";
import type { Evidence } from "./seen";

const CURVE_HEIGHT = 260;

/** The chart of a lesson, live. */
export function LessonChart({ lesson, evidence }: { lesson: string; evidence: Evidence }) {
  if (lesson === "norms") return <UnitLengths evidence={evidence} />;
  if (lesson === "axis") return <AxisLengths evidence={evidence} />;
  if (lesson === "bias") return <FittedCurves evidence={evidence} />;
  if (lesson === "repeats") return <Gains evidence={evidence} />;
  return <LessonCurves evidence={evidence} family={lesson === "overfitting" ? "loss" : "score"} />;
}

function LessonCurves({ evidence: { view, arms }, family }: { evidence: Evidence; family: "loss" | "score" }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  return (
    <div ref={ref}>
      <p className={styles.key}>
        {family === "loss" ? "Loss" : scoreName(view.score)} by epoch: solid on the rows it trains on, dashed on the
        others
      </p>
      {width > 0 && (
        <BareCurves
          arms={arms}
          score={view.score}
          family={family}
          lastEpoch={view.epochs}
          columns={columnsFor(arms.length, width)}
          height={CURVE_HEIGHT}
        />
      )}
    </div>
  );
}

/** A row of lengths for each arm, of its units or of its inputs. */
function lengthRows({ arms, frames }: Evidence, of: "units" | "inputs"): DotRow[] {
  return arms.map(({ name, hue }, i) => ({ name, hue, values: lengthsOf(frames[i] ?? null)?.[of] ?? [] }));
}

function Lengths({ rows, what }: { rows: readonly DotRow[]; what: string }) {
  const longest = Math.max(1, ...rows.flatMap(({ values }) => values));
  const said = rows.map(({ name, values }) => `${name}: ${values.map((each) => each.toFixed(2)).join(", ")}`);
  return (
    <DotRows
      rows={rows}
      extent={[0, roomFor(longest)]}
      mark={1}
      axis={`length of ${what}`}
      label={`Lengths of ${what}. ${said.join(". ")}.`}
    />
  );
}

function UnitLengths({ evidence }: { evidence: Evidence }) {
  return (
    <>
      <p className={styles.key}>A dot is a unit. The dotted line is a length of 1.</p>
      <Lengths rows={lengthRows(evidence, "units")} what="a unit’s weights" />
    </>
  );
}

function AxisLengths({ evidence }: { evidence: Evidence }) {
  return (
    <>
      <p className={styles.key}>Above a dot is a unit, below it is an input. The dotted line is a length of 1.</p>
      <Lengths rows={lengthRows(evidence, "units")} what="a unit’s weights" />
      <Lengths rows={lengthRows(evidence, "inputs")} what="an input’s weights" />
    </>
  );
}

function FittedCurves({ evidence: { arms, frames } }: { evidence: Evidence }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  return (
    <div ref={ref}>
      <p className={styles.key}>The line is the prediction. Filled points are trained on, hollow ones are not.</p>
      {width > 0 && (
        <div
          className={viewStyles.panels}
          style={{ gridTemplateColumns: `repeat(${columnsFor(arms.length, width)}, minmax(0, 1fr))` }}
        >
          {arms.map((arm, i) => (
            <FittedCurve key={arm.name} arm={arm} frames={frames[i] ?? null} />
          ))}
        </div>
      )}
    </div>
  );
}

function FittedCurve({ arm, frames }: { arm: ArmState; frames: Frames | null }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  return (
    <ArmPanel arm={arm} description={arm.words.join("; ") || "no constraint"} testId="fitted" parts={1}>
      <div ref={ref} className={styles.fitted}>
        {width > 0 && frames?.boundary?.kind === "curve" && (
          <BoundaryCurveDrawing frames={frames} boundary={frames.boundary} width={width} hue={arm.hue} />
        )}
      </div>
    </ArmPanel>
  );
}

function Gains({ evidence: { view, arms } }: { evidence: Evidence }) {
  const { test, draws } = factsOf(view.experiment);
  const gained = rowsGained(arms, test);
  const widest = Math.max(4, ...gained.map(Math.abs));
  const { name = "", hue = 1 } = arms[1] ?? {};
  return (
    <>
      <p className={styles.key}>
        A dot is a draw: {gained.length} of {draws} so far. Right of the dotted line {name} got more rows right.
      </p>
      <DotRows
        rows={[{ name, hue, values: gained }]}
        extent={[-widest, widest]}
        mark={0}
        axis={`test rows more than ${arms[0]?.name}, of ${test}`}
        label={`Difference in ${plural(test, "test row")} on each draw: ${gained.join(", ")}.`}
        whole
      />
    </>
  );
}
