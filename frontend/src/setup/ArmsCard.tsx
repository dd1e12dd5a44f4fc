import { ActionIcon, TextInput, UnstyledButton } from "@mantine/core";
import { memo, useState } from "react";
import type { Location } from "../api/problem";
import { armColour } from "../charts/palette";
import { icons } from "../icons";
import { useScheme } from "../scheme";
import { Card } from "./Card";
import { type Catalog, defaultsOf, type FieldSpec, type Fields, fits, type Json } from "./catalog";
import { useProblem, useSelected, useSetup, useValue } from "./context";
import {
  type ArmDraft,
  begun,
  type Change,
  type Changes,
  changesOf,
  type Draft,
  freeName,
  getIn,
  NO_CHANGES,
  type Part,
  partsOf,
  roleOf,
  setIn,
} from "./draft";
import { Field } from "./Field";
import { Found } from "./Found";
import { type Choice, Picker } from "./Picker";
import { methodName, plain } from "./phrases";
import { placeOf } from "./store";
import { type Suggestion, suggestArms } from "./suggest";
import { ActingField } from "./WeightLine";

/** The arms, each with how it differs from the base. */
export const ArmsCard = memo(function ArmsCard() {
  const count = useSelected(({ draft }) => draft.arms.length);
  return (
    <Card title="Arms" aside="compared with the first">
      <ul className="arms">
        {Array.from({ length: count }, (_, index) => (
          <ArmItem key={index} index={index} alone={count === 1} />
        ))}
      </ul>
      <AddArm />
      {count > 2 && <Families />}
      <Found at={["arms"]} />
      <PublishedLine />
    </Card>
  );
});

/** That the arms will stand beside published figures. */
function PublishedLine() {
  const setup = useSetup();
  const title = useSelected(({ draft }) => (draft.published as Fields | null | undefined)?.title);
  const problem = useSelected(
    ({ problems }) => problems.list.find((each) => each.location[0] === "published")?.message ?? null,
  );
  if (!title) return null;
  return (
    <div className="beside" data-place="published" tabIndex={-1}>
      <p className="hint">Beside published figures: {plain(title)}</p>
      <ActionIcon aria-label="Leave the published figures out" onClick={() => setup.set(["published"], null)}>
        {icons.remove}
      </ActionIcon>
      {problem && <p className="wrong">{problem}</p>}
    </div>
  );
}

const FAMILY: FieldSpec = {
  type: "text",
  name: "family",
  title: "A trial of",
  description: "The method. Each method’s best trial on the validation set is judged on the sealed set.",
  default: null,
  nullable: true,
  shortest: 1,
  longest: 60,
};

/** Makes the arms trials of rival methods, or plain arms again. */
function Families() {
  const setup = useSetup();
  const on = useSelected(({ draft }) => draft.arms.some((arm) => arm.family));
  const toggle = () =>
    setup.update((before) => ({
      ...before,
      arms: before.arms.map((arm, index) => ({ ...arm, family: on || index === 0 ? null : methodName(arm.name) })),
    }));
  return (
    <UnstyledButton className="more" onClick={toggle} data-testid="families">
      {on ? "Compare arms, not methods" : "Compare methods, each by its best arm"}
    </UnstyledButton>
  );
}

const EMPTY = "new";

function AddArm() {
  const setup = useSetup();
  const [offered, setOffered] = useState<readonly Suggestion[]>([]);
  const choices = (): Choice[] => {
    const suggestions = suggestArms(setup.draft, setup.catalog);
    setOffered(suggestions);
    return [
      ...suggestions.map(({ group, arm, note }, index) => ({
        value: String(index),
        label: arm.name,
        group,
        summary: note,
      })),
      { value: EMPTY, label: "One with no changes yet" },
    ];
  };
  const add = (value: string) => {
    const suggestion = offered[Number(value)];
    setup.update((before) => {
      const base = suggestion?.base?.(before) ?? before;
      const names = base.arms.map((arm) => arm.name);
      const arm = suggestion?.arm ?? { name: freeName("new arm", names), changes: NO_CHANGES };
      return { ...base, arms: [...base.arms, arm] };
    });
  };
  return (
    <Picker plus what="arms" testId="add-arm" choices={choices} onChoose={add}>
      Add an arm
    </Picker>
  );
}

const ArmItem = memo(function ArmItem({ index, alone }: { index: number; alone: boolean }) {
  const setup = useSetup();
  const scheme = useScheme();
  const at = ["arms", index];
  const arm = useValue(at) as unknown as ArmDraft | undefined;
  const parts = useSelected(({ draft, catalog }) => partsOf(draft, catalog));
  const problem = useProblem([...at, "name"]);
  const [added, setAdded] = useState<string | null>(null);
  if (!arm) return null;
  const changes = changesOf(arm.changes, parts);
  return (
    <li className="arm" aria-label={`Arm ${arm.name}`} data-place={placeOf(at)} tabIndex={-1}>
      <div className="layer-head">
        <span className="swatch" style={{ background: armColour(index, scheme) }} aria-hidden="true" />
        <TextInput
          className="name"
          aria-label="Arm name"
          value={arm.name}
          onChange={(event) => setup.set([...at, "name"], event.currentTarget.value)}
          error={problem}
          data-place={placeOf([...at, "name"])}
          data-testid={`field:arms/${index}/name`}
          spellCheck={false}
        />
        <ActionIcon
          aria-label={`Copy ${arm.name}`}
          onClick={() =>
            setup.update((before) => {
              const name = freeName(
                arm.name,
                before.arms.map((each) => each.name),
              );
              return { ...before, arms: before.arms.toSpliced(index + 1, 0, { ...arm, name }) };
            })
          }
        >
          {icons.copy}
        </ActionIcon>
        <ActionIcon aria-label={`Remove ${arm.name}`} disabled={alone} onClick={() => setup.set(at, undefined)}>
          {icons.remove}
        </ActionIcon>
      </div>
      {arm.family !== null && arm.family !== undefined && <Field at={[...at, "family"]} spec={FAMILY} />}
      {changes.map((change) => {
        const place = placeOf(change.location);
        return <ChangeRow key={place} index={index} change={change} opened={place === added} />;
      })}
      <Found at={at} />
      <Found at={[...at, "changes"]} />
      <Found at={[...at, "changes", "layers"]} />
      {parts.map((part) => (
        <Found key={part.label} at={[...at, "changes", ...part.change]} />
      ))}
      <AddChange index={index} parts={parts} changes={arm.changes} none={changes.length === 0} onAdded={setAdded} />
    </li>
  );
});

/** Sets an arm's changes. */
function useChange(index: number): (change: (changes: Changes) => Changes) => void {
  const setup = useSetup();
  return (change) =>
    setup.update((before) => {
      const arm = before.arms[index];
      if (!arm) return before;
      return setIn(before, ["arms", index, "changes"], pruned(change(arm.changes)) as unknown as Json);
    });
}

/** Without layers in which nothing is changed any more. */
function pruned(changes: Changes): Changes {
  const layers = Object.entries(changes.layers).filter(([, fields]) => Object.keys(fields).length > 0);
  return { ...changes, layers: Object.fromEntries(layers) };
}

function ChangeRow({ index, change, opened }: { index: number; change: Change; opened: boolean }) {
  const changeArm = useChange(index);
  const at = ["arms", index, "changes", ...change.location];
  const { field, weight, role } = change;
  return (
    <div className="weight change">
      {weight && role ? (
        <>
          <span className="label">{change.label}</span>
          <ActingField act={role} at={at} weight={weight} label={`${change.label} of this arm`} opened={opened} />
        </>
      ) : field ? (
        <div className="fields">
          <Field at={at} spec={field} title={change.label} />
        </div>
      ) : (
        <Gone at={at} label={change.label} />
      )}
      <ActionIcon
        className="undo"
        aria-label={`Leave ${change.label} as in the base`}
        onClick={() => changeArm((changes) => setIn(changes, change.location, undefined))}
      >
        {icons.remove}
      </ActionIcon>
    </div>
  );
}

/** A change of something that is there no more. */
function Gone({ at, label }: { at: Location; label: string }) {
  const problem = useProblem(at);
  return (
    <span className="wrong" tabIndex={-1} data-place={placeOf(at)}>
      {label}: {problem}
    </span>
  );
}

interface AddChangeProps {
  index: number;
  parts: readonly Part[];
  changes: Changes;
  none: boolean;
  onAdded: (place: string) => void;
}

function AddChange({ index, parts, changes, none, onAdded }: AddChangeProps) {
  const setup = useSetup();
  const changeArm = useChange(index);
  const choices = (): Choice[] => {
    const made = new Set(changesOf(changes, parts).map((change) => placeOf(change.location)));
    return parts.flatMap((part) =>
      part.fields
        .map((field) => ({ field, value: placeOf([...part.change, field.name]) }))
        .filter(({ value }) => !made.has(value))
        .map(({ field, value }) => ({ value, label: changeTitle(part, field), group: part.label })),
    );
  };
  const add = (place: string) => {
    for (const part of parts) {
      const field = part.fields.find((each) => placeOf([...part.change, each.name]) === place);
      if (!field) continue;
      const value = firstValue(part, field, setup.draft, setup.catalog);
      changeArm((before) => setIn(before, [...part.change, field.name], value));
      onAdded(place);
    }
  };
  return (
    <div className="add-change">
      {none && <span className="hint">{index === 0 ? "the base, as it stands above" : "as the base"}</span>}
      <Picker what="what to change" choices={choices} onChoose={add} testId={`change:${index}`}>
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

/** What a change begins with: something where the base has nothing, and otherwise what the base has. */
function firstValue(part: Part, field: FieldSpec, draft: Draft, catalog: Catalog): Json {
  const base = getIn(draft, [...part.base, field.name]);
  const acting = roleOf(part, field.name);
  if (acting && field.type === "entry" && !base) {
    const kind = field.kinds.find((each) => fits(each, acting.weight));
    if (kind) return defaultsOf(kind, catalog);
  }
  return base ?? begun(field, draft, catalog);
}
