import { useQuery } from "@tanstack/react-query";
import type { ArmVerdict, VerdictView } from "../../api/types";
import { armColour } from "../../charts/palette";
import { figure, scoreName, spreadText } from "../../format";
import type { ArmState } from "../../state/arms";
import { queries } from "../../state/queries";
import { useScheme } from "../../ui/scheme";
import tableStyles from "../../ui/table.module.css";
import type { ViewProps } from "../viewProps";
import { isInDeviations, isScaled, ResultsTable } from "./ResultsTable";
import styles from "./tables.module.css";

/** All figures of the arms: those of the last weights, and how far training went past the best. */
export function TableView({ allArms, view }: ViewProps) {
  // The strip above fetches the verdict; here it is only read.
  const { data: verdict } = useQuery({ ...queries.verdict(view.id), enabled: false });
  return (
    <>
      <ResultsTable
        arms={allArms}
        score={view.score}
        majority={view.majority}
        scaled={isScaled(view)}
        inDeviations={isInDeviations(view)}
      />
      {verdict && <Overfitting arms={allArms} verdict={verdict} />}
    </>
  );
}

type Figure = keyof ArmVerdict["overfitting"];

interface Column {
  figure: Figure;
  title: string;
  description: string;
  digits: number;
}

function columnsOf({ score, score_target }: VerdictView): Column[] {
  const name = scoreName(score);
  return [
    { figure: "gap", title: "Gap", description: "train minus test of the scored model", digits: 3 },
    { figure: "curve_gap", title: "Gap of the curve", description: "in its last epoch", digits: 3 },
    { figure: "best", title: `Best test ${name}`, description: "of any epoch", digits: 3 },
    { figure: "best_epoch", title: "Best epoch", description: "the first with that score", digits: 0 },
    { figure: "fall", title: "Fall from the best", description: "best minus scored model", digits: 3 },
    { figure: "area", title: "Area between curves", description: "mean gap over all epochs", digits: 3 },
    {
      figure: "epochs_to",
      title: "Epochs to the target",
      description: score_target === null ? "" : `test ${name} of ${figure(score_target)}`,
      digits: 0,
    },
  ];
}

function Overfitting({ arms, verdict }: { arms: readonly ArmState[]; verdict: VerdictView }) {
  const scheme = useScheme();
  const columns = columnsOf(verdict);
  const verdicts = new Map(verdict.arms.map((arm) => [arm.name, arm]));
  return (
    <section className={styles.tables} aria-label="Overfitting in figures">
      <h2>
        Overfitting in figures{" "}
        <span className="hint">{arms.some((arm) => arm.n > 1) ? "mean ± SD over finished runs" : ""}</span>
      </h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label="Overfitting table">
        <table className={tableStyles.table} data-testid="overfitting">
          <thead>
            <tr>
              <th scope="col">Arm</th>
              {columns.map(({ figure, title, description }) => (
                <th scope="col" className={tableStyles.number} key={figure}>
                  {title} <span className="hint">{description}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {arms.map(({ name, hue }) => (
              <tr key={name} data-testid={`overfitting:${name}`}>
                <th scope="row">
                  <span className="swatch" style={{ background: armColour(hue, scheme) }} aria-hidden="true" />
                  {name}
                </th>
                {columns.map((column) => (
                  <td className={tableStyles.number} key={column.figure} data-figure={column.figure}>
                    {cellText(verdicts.get(name), column)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function cellText(arm: ArmVerdict | undefined, { figure, digits }: Column): string {
  const spread = arm?.overfitting[figure];
  return spreadText({ mean: spread?.mean ?? null, sd: spread?.std ?? null }, digits);
}
