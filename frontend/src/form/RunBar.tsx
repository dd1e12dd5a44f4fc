import { Button } from "@mantine/core";
import { useRef } from "react";
import type { Preview } from "../api/types";
import type { Draft } from "../experiment/draft";
import { firstText, labelledTexts } from "../experiment/labels";
import { drawsText, replicatesOf } from "../experiment/replicates";
import { plural } from "../format";
import { useCommands } from "../ui/commands";
import { icons } from "../ui/icons";
import { keyTexts, useKey } from "../ui/keys";
import { showProblem, useCatalog, useSelected } from "./context";
import { estimateText } from "./estimateText";
import { questionOf } from "./question";
import styles from "./RunBar.module.css";
import { SuiteButton } from "./SuiteButton";
import { sweepArms } from "./sweep/sweepArms";
import { Tries } from "./Tries";

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

/** The question of the experiment, what else there is to try, and Run with the work that it would start, or the first problem. */
export function RunBar({ busy, refusal, preview, onRun, onSuite }: Props) {
  const catalog = useCatalog();
  const draft = useSelected((setup) => setup.draft);
  const sweepArmCount = useSelected((setup) => sweepArms(setup).length);
  const estimate = useSelected(estimateText);
  const problems = useSelected((setup) => setup.problems.list);
  const warnings = useSelected((setup) => setup.warnings.list);
  const question = useSelected(({ draft: { arms, sweep } }) => questionOf(arms, Boolean(sweep)));
  const [first] = problems;
  const [firstWarning] = warnings;
  const bar = useRef<HTMLDivElement>(null);
  const start = () => {
    // Beside an experiment on a phone the set-up is there, but out of sight.
    if (busy || !bar.current?.getClientRects().length) return;
    if (first) showProblem(first);
    else onRun();
  };
  useKey("run", start);
  useCommands([
    { id: "run", title: "Run", summary: "What is set up", group: "actions", first: true, key: "run", run: start },
  ]);
  return (
    <div ref={bar} className={styles.bar}>
      <Button
        className={styles.run}
        leftSection={icons.play}
        loading={busy}
        disabled={problems.length > 0}
        onClick={onRun}
        title={keyTexts("run").join("+")}
        data-testid="run"
        size="sm"
      >
        Run
      </Button>
      <div className={styles.purpose}>
        <h1>{question}</h1>
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
      </div>
      <Tries onRun={onRun} />
      <SuiteButton preview={preview} disabled={problems.length > 0} onPosted={onSuite} />
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
