import { UnstyledButton } from "@mantine/core";
import clsx from "clsx";
import { useId, useState } from "react";
import type { CatalogEntry, Fields, Weight } from "../../api/catalog";
import type { Location } from "../../api/problem";
import { defaultsOf, entryOf, fieldsOf, fits } from "../../experiment/catalog";
import { constraintText, penaltyText } from "../../experiment/phrases";
import { tabStop, useRoving } from "../../ui/roving";
import {
  useHasWarning,
  useProblem,
  useSetup,
  useValue,
  useVariedUnder,
  useWarning,
  useWrongUnder,
  WeightContext,
} from "../context";
import { placeOf } from "../store";
import { FeasibleIcon } from "./FeasibleIcon";
import { FieldList } from "./Field";
import fieldStyles from "./Field.module.css";
import styles from "./WeightLine.module.css";

interface WeightLineProps {
  /** Location of the layer. */
  at: Location;
  weight: Weight;
  /** "hidden kernel" */
  label: string;
}

/** One weight: its name, constraint and penalty. */
export function WeightLine({ at, weight, label }: WeightLineProps) {
  return (
    <div className={styles.weight}>
      <span className={clsx(fieldStyles.label, styles.name)}>{weight.name.replaceAll("_", " ")}</span>
      <ActingField act="constraint" at={[...at, weight.field]} weight={weight} label={label} />
      <ActingField act="penalty" at={[...at, weight.regularizer_field]} weight={weight} label={label} />
    </div>
  );
}

interface ActingFieldProps {
  act: "constraint" | "penalty";
  at: Location;
  weight: Weight;
  /** "hidden kernel" */
  label: string;
  /** Initially open. */
  opened?: boolean;
}

/** Constraint or penalty of one weight: a chip that names it and, once opened, an editor below. */
export function ActingField({ act, at, weight, label, opened: openedFirst = false }: ActingFieldProps) {
  const { catalog } = useSetup();
  const [opened, setOpened] = useState(openedFirst);
  const editor = useId();
  const value = useValue(at);
  const wrong = useWrongUnder(at);
  const warning = useWarning(at);
  const hasWarning = useHasWarning(at);
  const constraint = act === "constraint";
  const family = constraint ? catalog.constraints : catalog.regularizers;
  const entry = entryOf(family, (value as Fields | null | undefined)?.kind);
  const varied = useVariedUnder(at);
  const text =
    varied && entry
      ? `${entry.name}, varied`
      : constraint
        ? constraintText(value, catalog)
        : penaltyText(value, catalog);
  const open = opened || wrong;
  const shown = entry ? text : constraint ? "no constraint" : "no penalty";
  return (
    <>
      <UnstyledButton
        className={styles.chip}
        data-on={Boolean(entry) || undefined}
        data-wrong={wrong || undefined}
        data-warning={hasWarning || undefined}
        data-place={placeOf(at)}
        data-testid={`${act}:${placeOf(at)}`}
        aria-expanded={open}
        aria-controls={editor}
        aria-label={`${label}: ${shown === text ? text : `${shown}, ${text}`}`}
        onClick={() => setOpened(!open)}
      >
        {constraint && <FeasibleIcon shape={entry?.feasible} />}
        {shown}
      </UnstyledButton>
      {open && <Editor id={editor} {...{ act, at, weight, label, family, entry }} />}
      {warning && !open && <p className="trap">{warning}</p>}
    </>
  );
}

const NOTES = {
  constraint: {
    none: "The weights are unconstrained.",
    note: "Applied after each update, not to the initial weights.",
  },
  penalty: { none: "Nothing is added to the loss.", note: "Added to the loss." },
};

interface EditorProps extends Omit<ActingFieldProps, "opened"> {
  id: string;
  family: readonly CatalogEntry[];
  entry: CatalogEntry | undefined;
}

function Editor({ id, act, at, weight, label, family, entry }: EditorProps) {
  const setup = useSetup();
  const { catalog } = setup;
  const problem = useProblem(at);
  const warning = useWarning(at);
  const value = useValue(at) as Fields | null | undefined;
  const name = `${act === "constraint" ? "Constraint" : "Penalty"} on ${label}`;
  const choose = (kind: CatalogEntry | null) =>
    setup.set(at, kind && { ...defaultsOf(kind, catalog), ...carriedOver(value, kind) });
  const among = useRoving("radio");
  const choices = [null, ...family.filter((each) => fits(each, weight))];
  const stop = tabStop(choices.findIndex((each) => entry?.kind === each?.kind));
  return (
    <fieldset className={styles.editor} id={id} aria-label={name}>
      <div className={styles.kinds} role="radiogroup" aria-label={name} onKeyDown={among}>
        {choices.map((each, index) => (
          <UnstyledButton
            key={each?.kind ?? ""}
            role="radio"
            aria-checked={entry?.kind === each?.kind}
            tabIndex={index === stop ? 0 : -1}
            className={styles.kind}
            title={each?.summary}
            onClick={() => choose(each)}
          >
            {act === "constraint" && <FeasibleIcon shape={each?.feasible} />}
            {each?.title ?? "None"}
          </UnstyledButton>
        ))}
      </div>
      <p className="hint">{entry ? `${entry.summary}. ${NOTES[act].note}` : NOTES[act].none}</p>
      {problem && <p className="wrong">{problem}</p>}
      {warning && <p className="trap">{warning}</p>}
      {entry && (
        <WeightContext value={weight}>
          <div className={fieldStyles.fields}>
            <FieldList at={at} specs={fieldsOf(entry.schema, catalog)} />
          </div>
        </WeightContext>
      )}
    </fieldset>
  );
}

/** Values of the previous entry that the next one has a field for. */
function carriedOver(value: Fields | null | undefined, next: CatalogEntry): Fields {
  const shared = Object.entries(value ?? {}).filter(
    ([name, each]) => name !== "kind" && !Array.isArray(each) && name in (next.schema.properties ?? {}),
  );
  return Object.fromEntries(shared);
}
