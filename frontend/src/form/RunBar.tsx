import { Button } from "@mantine/core";
import type { Problem } from "../api/problem";
import type { Draft } from "../experiment/draft";
import { icons } from "../ui/icons";
import { showProblem, useSelected } from "./context";
import { estimateText } from "./estimateText";
import styles from "./RunBar.module.css";
import { sweepArms } from "./sweep/sweepArms";

interface Props {
  busy: boolean;
  /** Error of the last attempt to run, when it is not at a field. */
  refusal: string | null;
  onRun: () => void;
}

/** Run, always in sight, with what it would do, or why it can't. */
export function RunBar({ busy, refusal, onRun }: Props) {
  const draft = useSelected((setup) => setup.draft);
  const made = useSelected((setup) => sweepArms(setup).length);
  const coming = useSelected(estimateText);
  const problems = useSelected((setup) => setup.problems.list);
  const warnings = useSelected((setup) => setup.warnings.list);
  const [first] = problems;
  const [firstWarning] = warnings;
  return (
    <div className={styles.bar}>
      <div className={styles.words} aria-live="polite" data-testid="coming">
        {first ? (
          <button type="button" className="wrong" data-testid="problems" onClick={() => showProblem(first)}>
            {problemsWords(problems)}
          </button>
        ) : refusal ? (
          <span className="wrong" data-testid="refusal">
            {refusal}
          </span>
        ) : (
          <>
            <span>
              {workWords(draft, made)}
              {coming && (
                <>
                  , <span data-testid="estimate">{coming}</span>
                </>
              )}
            </span>
            {firstWarning && (
              <button type="button" className="trap" data-testid="warnings" onClick={() => showProblem(firstWarning)}>
                {warningsText(warnings)}. Show it
              </button>
            )}
          </>
        )}
      </div>
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
    </div>
  );
}

function problemsWords(problems: readonly Problem[]): string {
  const where = problems.length === 1 ? "One setting is" : `${problems.length} settings are`;
  return `${where} not right yet: ${problems[0]?.message}. Show it`;
}

/** The first warning, of several its first sentence, and how many more there are. */
function warningsText(warnings: readonly Problem[]): string {
  const [first, ...others] = [...new Set(warnings.map((each) => each.message))];
  if (!first || others.length === 0) return first ?? "";
  const [sentence] = first.split(/[.;] /);
  return `${sentence}, and ${others.length === 1 ? "one" : others.length} more`;
}

/** The work that Run would start, with the `made` arms of the sweep. */
function workWords(draft: Draft, made: number): string {
  const arms = draft.arms.length + made;
  const seeds = draft.seeds.length;
  const epochs = draft.arms.map((arm) => Number(arm.changes.training.epochs ?? draft.training.epochs));
  const swept = made * Number(draft.sweep?.changes.training.epochs ?? draft.training.epochs);
  const total = (epochs.reduce((sum, each) => sum + each, 0) + swept) * seeds;
  const runs = `${arms} ${arms === 1 ? "arm" : "arms"} × ${seeds} ${seeds === 1 ? "seed" : "seeds"}`;
  if (draft.sweep?.axes.some((axis) => axis.path.join("/") === "training/epochs")) return runs;
  return `${runs}, ${total.toLocaleString("en")} epochs in all`;
}
