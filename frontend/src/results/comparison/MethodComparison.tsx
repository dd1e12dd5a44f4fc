import { Button } from "@mantine/core";
import type { ComparisonAnswer, ExperimentView } from "../../api/types";
import { armColour } from "../../charts/palette";
import { type More, seedsFor, unitOf } from "../../experiment/replicates";
import { figure, plural, scoreName, spreadText } from "../../format";
import { huesOf } from "../../state/arms";
import { useScheme } from "../../ui/scheme";
import tableStyles from "../../ui/table.module.css";
import { claimText } from "../claims";
import badgeStyles from "../StatusBadge.module.css";
import { comparisonExtent, fewText, majorityLine, rangeEndTexts } from "./comparison";
import styles from "./MethodComparison.module.css";

type Family = ComparisonAnswer["families"][number];

interface Props {
  view: ExperimentView;
  answer: ComparisonAnswer;
  /** Whether every run has ended. */
  over: boolean;
  onMore: (more: More) => void;
}

/** Rival methods, each by the trial that the validation set chose, and how they do on the sealed set. */
export function MethodComparison({ view, answer, over, onMore }: Props) {
  const score = scoreName(answer.score);
  const { baseline, revealed } = answer;
  const extent = comparisonExtent(answer.families);
  const majority = majorityLine(answer);
  const sample = (each: { mean: number | null; std: number | null } | null) =>
    each ? spreadText({ mean: each.mean, sd: each.std }) : "–";
  return (
    <section className={styles.comparison} aria-label="Comparison of methods" data-testid="comparison">
      <h2>
        Methods, each by its best trial
        <span className={badgeStyles.status} data-status={revealed ? "finished" : "queued"}>
          {revealed ? "revealed" : "sealed"}
        </span>
      </h2>
      <p data-testid="comparison-sentence">{answer.sentence}.</p>
      {majority && (
        <p className="hint" data-testid="majority">
          {majority}
        </p>
      )}
      {rangeEndTexts(answer.families).map((text) => (
        <p key={text} className="trap" data-testid="range-end">
          {text}
        </p>
      ))}
      {over && <TooFew view={view} answer={answer} onMore={onMore} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label="Table of methods">
        <table className={tableStyles.table}>
          <thead>
            <tr>
              <th scope="col">Method</th>
              <th scope="col" className={tableStyles.number}>
                Trials
              </th>
              <th scope="col">Chosen by validation</th>
              <th scope="col" className={tableStyles.number}>
                Validation {score}
              </th>
              <th scope="col" className={tableStyles.number}>
                Sealed {score}
              </th>
              <th scope="col">
                Sealed minus {baseline.name} <span className="hint">95 % interval</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {answer.families.map((family) => (
              <tr key={family.name} data-testid={`family:${family.name}`}>
                <th scope="row">
                  <Swatch view={view} arm={family.chosen} />
                  {family.name}
                </th>
                <td className={tableStyles.number}>{family.trials}</td>
                <td>{family.chosen ?? "–"}</td>
                <td className={tableStyles.number}>{sample(family.validation)}</td>
                <td className={tableStyles.number}>{revealed ? sample(family.sealed) : "sealed"}</td>
                <td>
                  <Difference difference={family.difference} extent={extent} />
                  {family.claim && <span className="hint"> {claimText(family.claim, unitOf(view.experiment))}</span>}
                </td>
              </tr>
            ))}
            <tr data-testid={`family:${baseline.name}`}>
              <th scope="row">
                <Swatch view={view} arm={baseline.name} />
                {baseline.name}
              </th>
              <td className={tableStyles.number}>1</td>
              <td>{baseline.name}</td>
              <td className={tableStyles.number}>{sample(baseline.validation)}</td>
              <td className={tableStyles.number}>{revealed ? sample(baseline.sealed) : "sealed"}</td>
              <td />
            </tr>
          </tbody>
        </table>
      </section>
      <details>
        <summary>Every trial on the validation set</summary>
        <ul className={styles.trials}>
          {answer.families.map((family) => (
            <li key={family.name}>
              <strong>{family.name}</strong>{" "}
              <span className="tabular">
                {family.arms.map(({ arm, validation }) => `${arm}: ${figure(validation.mean)}`).join("; ")}
              </span>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}

/** What the finished seeds lack for any claim, with an offer to add it. */
function TooFew({ view, answer, onMore }: Omit<Props, "over">) {
  const few = fewText(answer, unitOf(view.experiment));
  if (few === null) return null;
  const seeds = answer.has > 0 ? seedsFor(answer.needed - answer.has, view) : 0;
  return (
    <div className={styles.few} data-testid="too-few">
      {!answer.revealed && (
        <p>{few} Revealed now, the sealed rows could show no difference, and revealing cannot be undone.</p>
      )}
      {seeds > 0 && (
        <Button size="compact-sm" onClick={() => onMore({ seeds })} data-testid="add-missing">
          Add {plural(seeds, "seed")}
        </Button>
      )}
    </div>
  );
}

function Swatch({ view, arm }: { view: ExperimentView; arm: string | null }) {
  const scheme = useScheme();
  const hue = huesOf(view.arms)[view.arms.findIndex((each) => each.name === arm)];
  const colour = hue === undefined ? "transparent" : armColour(hue, scheme);
  return <span className="swatch" style={{ background: colour }} aria-hidden="true" />;
}

const WIDTH = 140;
const HEIGHT = 14;

/** A difference as a point with its interval around zero, and in figures. */
function Difference({ difference, extent }: { difference: Family["difference"]; extent: number }) {
  if (!difference) return <>–</>;
  const { mean, low, high } = difference;
  const at = (value: number) => WIDTH / 2 + (value / extent) * (WIDTH / 2 - 5);
  const middle = HEIGHT / 2;
  const sign = (value: number) => `${value > 0 ? "+" : ""}${figure(value)}`;
  const text = `${sign(mean)}${low === null || high === null ? "" : ` (${sign(low)} to ${sign(high)})`}`;
  return (
    <span className={styles.difference}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
        <line x1={at(0)} x2={at(0)} y1={0} y2={HEIGHT} stroke="var(--edge)" />
        {low !== null && high !== null && (
          <line x1={at(low)} x2={at(high)} y1={middle} y2={middle} stroke="currentColor" strokeWidth="2" />
        )}
        <circle cx={at(mean)} cy={middle} r="4" fill="currentColor" />
      </svg>
      <span className="tabular">{text}</span>
    </span>
  );
}
