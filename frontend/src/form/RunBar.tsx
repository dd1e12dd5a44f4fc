import { Button } from "@mantine/core";
import type { Preview } from "../api/types";
import type { Draft } from "../experiment/draft";
import { firstText, labelledTexts } from "../experiment/labels";
import { drawsText, replicatesOf } from "../experiment/replicates";
import { plural } from "../format";
import { icons } from "../ui/icons";
import { showProblem, useCatalog, useSelected } from "./context";
import { estimateText } from "./estimateText";
import styles from "./RunBar.module.css";
import { SuiteButton } from "./SuiteDialog";
import { sweepArms } from "./sweep/sweepArms";

interface Props {
  busy: boolean;
  /** Error of the last attempt to run, when it is not at a field. */
  refusal: string | null;
  /** Preview of the data set. */
  preview: Preview | null;
  onRun: () => void;
  /** Called with the id of a suite of the draft that was posted. */
  onSuite: (id: string) => void;
}

/** The Run button, with the work that it would start, or the first problem. It is always visible. */
export function RunBar({ busy, refusal, preview, onRun, onSuite }: Props) {
  const catalog = useCatalog();
  const draft = useSelected((setup) => setup.draft);
  const sweepArmCount = useSelected((setup) => sweepArms(setup).length);
  const estimate = useSelected(estimateText);
  const problems = useSelected((setup) => setup.problems.list);
  const warnings = useSelected((setup) => setup.warnings.list);
  const [first] = problems;
  const [firstWarning] = warnings;
  return (
    <div className={styles.bar}>
      <div className={styles.summary} aria-live="polite" data-testid="run-summary">
        {first ? (
          <button type="button" className="wrong" data-testid="problems" onClick={() => showProblem(first)}>
            {plural(problems.length, "setting")} to fix. {labelledTexts([first], draft, catalog)}. Show it
          </button>
        ) : refusal ? (
          <span className="wrong" data-testid="refusal">
            {refusal}
          </span>
        ) : (
          <>
            <span>
              {workText(draft, sweepArmCount)}
              {estimate && (
                <>
                  , <span data-testid="estimate">{estimate}</span>
                </>
              )}
            </span>
            {firstWarning && (
              <button type="button" className="trap" data-testid="warnings" onClick={() => showProblem(firstWarning)}>
                {firstText(labelledTexts(warnings, draft, catalog))}. Show it
              </button>
            )}
          </>
        )}
      </div>
      <div className={styles.actions}>
        <Button
          leftSection={icons.play}
          loading={busy}
          disabled={problems.length > 0}
          onClick={onRun}
          data-testid="run"
          size="sm"
        >
          Run
        </Button>
        <SuiteButton preview={preview} disabled={problems.length > 0} onPosted={onSuite} />
      </div>
    </div>
  );
}

/** The work that Run would start: arms, seeds and epochs. */
function workText(draft: Draft, sweepArmCount: number): string {
  const arms = draft.arms.length + sweepArmCount;
  const seeds = draft.seeds.length;
  const epochs = draft.arms.map((arm) => Number(arm.changes.training.epochs ?? draft.training.epochs));
  const swept = sweepArmCount * Number(draft.sweep?.changes.training.epochs ?? draft.training.epochs);
  const total = (epochs.reduce((sum, each) => sum + each, 0) + swept) * replicatesOf(draft).length;
  const draws = drawsText(draft);
  const runs = `${plural(arms, "arm")} × ${draws && `${draws} × `}${plural(seeds, "seed")}`;
  if (draft.sweep?.axes.some((axis) => axis.path.join("/") === "training/epochs")) return runs;
  return `${runs}, ${total.toLocaleString("en")} epochs in all`;
}
