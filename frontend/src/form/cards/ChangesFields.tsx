import { ActionIcon } from "@mantine/core";
import clsx from "clsx";
import { useState } from "react";
import type { Catalog, Json } from "../../api/catalog";
import type { Location } from "../../api/problem";
import { defaultsOf, type FieldSpec, fits } from "../../experiment/catalog";
import { type Change, changesOf, type Part, partsOf, roleOf } from "../../experiment/changes";
import { type Changes, type Draft, getIn, initialValue, setIn } from "../../experiment/draft";
import { icons } from "../../ui/icons";
import type { Choice } from "../../ui/ranked";
import { useProblem, useSelected, useSetup } from "../context";
import { Field } from "../fields/Field";
import fieldStyles from "../fields/Field.module.css";
import { FieldMessage } from "../fields/FieldMessage";
import { Picker } from "../fields/Picker";
import { ActingField } from "../fields/WeightLine";
import weightStyles from "../fields/WeightLine.module.css";
import { placeOf } from "../store";
import { isVariedUnder } from "../sweep/sweep";
import styles from "./ChangesFields.module.css";

interface Props {
  /** Location of the changes: an arm's, or those of all arms of a sweep. */
  at: Location;
  changes: Changes;
  /** "of this arm" */
  whose: string;
  /** Text shown without changes. */
  none: string;
  testId: string;
}

/** Changes from the base, a row for each, and a picker for more. */
export function ChangesFields({ at, changes, whose, none, testId }: Props) {
  const parts = useSelected(({ draft, catalog }) => partsOf(draft, catalog));
  const [added, setAdded] = useState<string | null>(null);
  const rows = changesOf(changes, parts);
  return (
    <>
      {rows.map((change) => {
        const place = placeOf(change.location);
        return <ChangeRow key={place} {...{ at, change, whose }} opened={place === added} />;
      })}
      <FieldMessage at={at} />
      <FieldMessage at={[...at, "layers"]} />
      {parts.map((part) => (
        <FieldMessage key={part.label} at={[...at, ...part.change]} />
      ))}
      <AddChange {...{ at, parts, testId }} changes={rows} none={rows.length === 0 ? none : null} onAdded={setAdded} />
    </>
  );
}

/** Updates the changes at `at`. */
function useChange(at: Location): (change: (changes: Changes) => Changes) => void {
  const setup = useSetup();
  return (change) =>
    setup.update((before) => {
      const changes = getIn(before, at) as unknown as Changes | undefined;
      return changes ? setIn(before, at, pruned(change(changes)) as unknown as Json) : before;
    });
}

/** `changes` without layers that have none left. */
function pruned(changes: Changes): Changes {
  const layers = Object.entries(changes.layers).filter(([, fields]) => Object.keys(fields).length > 0);
  return { ...changes, layers: Object.fromEntries(layers) };
}

interface RowProps {
  at: Location;
  change: Change;
  whose: string;
  opened: boolean;
}

function ChangeRow({ at, change, whose, opened }: RowProps) {
  const changeAll = useChange(at);
  const place = [...at, ...change.location];
  const { field, weight, role, part } = change;
  // The sweep varies a number of this entry, which the base doesn't have.
  const needed = useSelected(
    ({ draft }) =>
      isVariedUnder(place, draft.sweep) &&
      (part && field ? (getIn(draft, [...part.base, field.name]) ?? null) : null) === null,
  );
  return (
    <div className={clsx(weightStyles.weight, styles.change)}>
      {weight && role ? (
        <>
          <span className={clsx(fieldStyles.label, weightStyles.name)}>{change.label}</span>
          <ActingField act={role} at={place} weight={weight} label={`${change.label} ${whose}`} opened={opened} />
        </>
      ) : field ? (
        <div className={clsx(fieldStyles.fields, styles.fields)}>
          <Field at={place} spec={field} title={change.label} />
        </div>
      ) : (
        <OrphanedChange at={place} label={change.label} />
      )}
      {!needed && (
        <ActionIcon
          className={styles.undo}
          aria-label={`Leave ${change.label} as in the shared settings`}
          onClick={() => changeAll((changes) => setIn(changes, change.location, undefined))}
        >
          {icons.remove}
        </ActionIcon>
      )}
    </div>
  );
}

/** A change of a removed layer or field. */
function OrphanedChange({ at, label }: { at: Location; label: string }) {
  const problem = useProblem(at);
  return (
    <span className="wrong" tabIndex={-1} data-place={placeOf(at)}>
      {label}: {problem}
    </span>
  );
}

interface AddChangeProps {
  at: Location;
  parts: readonly Part[];
  changes: readonly Change[];
  none: string | null;
  testId: string;
  onAdded: (place: string) => void;
}

function AddChange({ at, parts, changes, none, testId, onAdded }: AddChangeProps) {
  const setup = useSetup();
  const changeAll = useChange(at);
  const choices = (): Choice[] => {
    const changed = new Set(changes.map((change) => placeOf(change.location)));
    const isVaried = (value: string) => isVariedUnder([...at, value], setup.draft.sweep);
    return parts.flatMap((part) =>
      part.fields
        .map((field) => ({ field, value: placeOf([...part.change, field.name]) }))
        .filter(({ value }) => !changed.has(value))
        .filter(({ field, value }) => field.type !== "number" || !isVaried(value))
        .map(({ field, value }) => ({ value, label: changeTitle(part, field), group: part.label })),
    );
  };
  const add = (place: string) => {
    for (const part of parts) {
      const field = part.fields.find((each) => placeOf([...part.change, each.name]) === place);
      if (!field) continue;
      const value = firstValue(part, field, setup.draft, setup.catalog);
      changeAll((before) => setIn(before, [...part.change, field.name], value));
      onAdded(place);
    }
  };
  return (
    <div className={styles.add}>
      {none && <span className="hint">{none}</span>}
      <Picker what="settings" choices={choices} onChoose={add} testId={testId}>
        change…
      </Picker>
    </div>
  );
}

function changeTitle(part: Part, field: FieldSpec): string {
  const acting = roleOf(part, field.name);
  if (!acting) return field.title;
  return `${acting.role === "constraint" ? "Constraint" : "Penalty"} on the ${acting.weight.name.replaceAll("_", " ")}`;
}

/** Initial value of a change: the base's, or a default where the base has none. */
function firstValue(part: Part, field: FieldSpec, draft: Draft, catalog: Catalog): Json {
  const base = getIn(draft, [...part.base, field.name]);
  const acting = roleOf(part, field.name);
  if (acting && field.type === "entry" && !base) {
    const kind = field.kinds.find((each) => fits(each, acting.weight));
    if (kind) return defaultsOf(kind, catalog);
  }
  return base ?? initialValue(field, draft, catalog);
}
