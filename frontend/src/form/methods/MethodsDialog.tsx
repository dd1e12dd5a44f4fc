import { Button, Checkbox, Modal, NumberInput, TextInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Preview } from "../../api/types";
import { errorText } from "../../experiment/labels";
import { spoken } from "../../experiment/phrases";
import { drawCount, drawsText, MOST_RUNS } from "../../experiment/replicates";
import { count, majorityText, plural } from "../../format";
import { queries } from "../../state/queries";
import { announce } from "../../ui/announce";
import { useSelected, useSetup } from "../context";
import { sizeText } from "../preview/sizeText";
import styles from "./MethodsDialog.module.css";
import {
  comparisonOf,
  datasetTitle,
  fittingRepeats,
  type Method,
  methodsOf,
  replacedText,
  splitForMethods,
  tooFewText,
  valuesOf,
  withRepeats,
} from "./methods";

const PROPOSED_SEEDS = 10;
interface Props {
  title: string;
  opened: boolean;
  onClose: () => void;
}

/** The choice of methods, and of the values of each. */
export function MethodsDialog({ title, opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} size="lg">
      {opened && <Choice onDone={onClose} />}
    </Modal>
  );
}

function Choice({ onDone }: { onDone: () => void }) {
  const setup = useSetup();
  const { catalog } = setup;
  const draft = useSelected((each) => each.draft);
  const methods = useMemo(() => methodsOf(draft, catalog), [draft, catalog]);
  const [left, setLeft] = useState<readonly string[]>([]);
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const [typedSeeds, setSeeds] = useState<string | number | null>(null);
  const [typedDraws, setDraws] = useState<string | number | null>(null);
  const textOf = (method: Method) => texts[method.name] ?? method.values.map(spoken).join(", ");
  const ticked = methods.filter(({ name }) => !left.includes(name));
  const tried = ticked.map((method) => ({ method, ...valuesOf(textOf(method), method, catalog) }));
  // What is proposed fits into one experiment, as long as nothing else is typed.
  const wanted = { draws: drawCount(draft), seeds: Math.max(PROPOSED_SEEDS, draft.seeds.length) };
  const arms = 1 + tried.reduce((sum, { values }) => sum + values.length, 0);
  const fitting = fittingRepeats(wanted, arms);
  const seeds = typedSeeds ?? fitting.seeds;
  const draws = typedDraws ?? fitting.draws;
  const hasDraws = typeof draft.split.draws === "number";
  const fewer =
    typedSeeds === null && typedDraws === null && (fitting.seeds < wanted.seeds || fitting.draws !== wanted.draws);

  const { data: present, failureReason } = useQuery(queries.preview(draft.dataset, draft.split));
  const wrongDraws = draws !== null && !isWhole(draws);
  const repeated = withRepeats(draft.split, { draws: isWhole(draws) ? draws : null, seeds: 1 });
  const split = present ? splitForMethods(repeated, present.preview.rows) : null;
  const { data: split_ } = useQuery({
    ...queries.preview(draft.dataset, split ?? {}),
    enabled: split !== null,
    placeholderData: keepPreviousData,
  });
  const isReady = tried.length > 0 && tried.every(({ problem }) => problem === null) && split !== null && !wrongDraws;
  const made = isReady && isWhole(seeds) ? comparisonOf(draft, tried, { seeds, split }) : null;
  const { data: checked } = useQuery({ ...queries.check(made ?? draft), enabled: made !== null });
  const problem = made ? checked?.problems[0]?.message : undefined;
  const refusal = refusalOf(methods, ticked, present?.preview, split !== null, problem);
  const needed = checked?.least_seeds ?? null;
  const few = needed !== null && typeof seeds === "number" && seeds < needed ? needed : null;
  const replaced = replacedText(draft);
  return (
    <form
      className={styles.dialog}
      data-testid="methods-dialog"
      onSubmit={(event) => {
        event.preventDefault();
        if (!made || refusal) return;
        setup.update(() => made);
        announce(`${plural(made.arms.length, "arm")} are set up: press Run`);
        onDone();
      }}
    >
      <p className="hint">
        Each method is tried with several values. The validation rows choose one value of each; the sealed rows, which
        no choice has used, tell whether it beats {draft.arms[0]?.name ?? "the baseline"}.
      </p>
      <fieldset className={styles.methods}>
        <legend>Methods and the values to try</legend>
        {methods.map((method) => {
          const own = tried.find((each) => each.method === method);
          return (
            <div key={method.name} className={styles.method}>
              <Checkbox
                label={method.title}
                description={method.place}
                checked={own !== undefined}
                onChange={({ currentTarget: { checked: isOn } }) =>
                  setLeft((before) => (isOn ? before.filter((name) => name !== method.name) : [...before, method.name]))
                }
                data-testid={`method:${method.name}`}
              />
              <TextInput
                size="xs"
                aria-label={`Values of ${method.name}`}
                value={textOf(method)}
                disabled={!own}
                error={own?.problem}
                spellCheck={false}
                onChange={({ currentTarget: { value } }) => setTexts((all) => ({ ...all, [method.name]: value }))}
                data-testid={`method-values:${method.name}`}
              />
            </div>
          );
        })}
      </fieldset>
      <div className={styles.seeds}>
        <NumberInput
          label="Training seeds"
          value={seeds}
          min={1}
          max={MOST_RUNS}
          allowDecimal={false}
          allowNegative={false}
          error={isWhole(seeds) ? null : "Must be a whole number from 1"}
          onChange={setSeeds}
          data-testid="methods-seeds"
        />
        {hasDraws && (
          <NumberInput
            label="Draws of the rows"
            value={draws ?? ""}
            min={1}
            max={MOST_RUNS}
            allowDecimal={false}
            allowNegative={false}
            error={wrongDraws ? "Must be a whole number from 1" : null}
            onChange={setDraws}
            data-testid="methods-draws"
          />
        )}
        {fewer && (
          <p className="hint" data-testid="methods-fewer">
            So many fit: an experiment has at most {MOST_RUNS} runs, and {plural(arms, "arm")} ×{" "}
            {wanted.draws !== null && `${plural(wanted.draws, hasDraws ? "draw" : "fold")} × `}
            {plural(wanted.seeds, "seed")} would be {count(arms * (wanted.draws ?? 1) * wanted.seeds)}.
          </p>
        )}
        {few !== null && (
          <>
            <Button size="xs" variant="default" onClick={() => setSeeds(few)}>
              {few} seeds
            </Button>
            <p className="trap" data-testid="methods-few">
              No claim can come of so few: {plural(ticked.length, "method")} need at least {plural(few, "seed")}.
            </p>
          </>
        )}
      </div>
      {split_ && split && (
        <p data-testid="methods-rows">
          {datasetTitle(draft, catalog)}: {sizeText(split_.preview)}.{" "}
          {split_.preview.majority?.validation != null &&
            majorityText(split_.preview.majority.name, [["validation", split_.preview.majority.validation]])}
        </p>
      )}
      {replaced && <p className="hint">{replaced}</p>}
      {failureReason && <p className="wrong">{errorText(failureReason, draft, catalog)}</p>}
      <div className={styles.foot}>
        <span className={refusal ? "wrong" : "hint"} data-testid="methods-foot" aria-live="polite">
          {refusal ??
            (made &&
              `${plural(made.arms.length, "arm")} × ${drawsText(made) && `${drawsText(made)} × `}${plural(made.seeds.length, "seed")}${
                checked?.estimate ? `, ${count(checked.estimate.runs)} runs, ${checked.estimate.words}` : ""
              }`)}
        </span>
        <Button type="submit" size="sm" disabled={!made || refusal !== null} data-testid="methods-apply">
          Set up
        </Button>
      </div>
    </form>
  );
}

function isWhole(value: string | number | null): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1;
}

/** What is in the way of such a comparison; null if nothing is. */
function refusalOf(
  methods: readonly Method[],
  ticked: readonly Method[],
  preview: Preview | undefined,
  fits: boolean,
  problem: string | undefined,
): string | null {
  if (methods.length === 0) return "This network has no weights to act on: add a layer first.";
  if (ticked.length === 0) return "Choose at least one method.";
  if (preview && !fits) return tooFewText(preview.rows);
  return problem ?? null;
}
