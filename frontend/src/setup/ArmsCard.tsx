import { ActionIcon, Button, Menu, TextInput } from "@mantine/core";
import { armColour } from "../charts/palette";
import { icons } from "../icons";
import { useScheme } from "../scheme";
import { Card } from "./Card";
import { ConstraintField } from "./ConstraintField";
import { defaultsOf, type Json } from "./catalog";
import { placeOf, problemAt, useSetup } from "./context";
import {
  type ArmDraft,
  type Change,
  type Changes,
  changesOf,
  freeName,
  NO_CHANGES,
  type Part,
  partsOf,
  setIn,
} from "./draft";
import { Field } from "./Field";
import { suggestArms } from "./suggest";

/** The arms, each with how it differs from the base. */
export function ArmsCard() {
  const { draft } = useSetup();
  return (
    <Card title="Arms" aside="compared with the first">
      <ul className="arms">
        {draft.arms.map((arm, index) => (
          <ArmItem key={index} arm={arm} index={index} />
        ))}
      </ul>
      <AddArm />
    </Card>
  );
}

function AddArm() {
  const { catalog, draft, update } = useSetup();
  const add = (arm: ArmDraft) => update((before) => ({ ...before, arms: [...before.arms, arm] }));
  const names = draft.arms.map((arm) => arm.name);
  return (
    <Menu position="top-start" withinPortal>
      <Menu.Target>
        <Button variant="subtle" size="compact-xs" leftSection={icons.add} data-testid="add-arm">
          Add an arm
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
        {suggestArms(draft, catalog).map((arm) => (
          <Menu.Item key={arm.name} onClick={() => add(arm)}>
            {arm.name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => add({ name: freeName("new arm", names), changes: NO_CHANGES })}>
          One with no changes yet
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function ArmItem({ arm, index }: { arm: ArmDraft; index: number }) {
  const { catalog, draft, problems, set, update } = useSetup();
  const scheme = useScheme();
  const at = ["arms", index];
  const parts = partsOf(draft, catalog);
  const changes = changesOf(arm.changes, parts);
  const names = draft.arms.map((each) => each.name);
  return (
    <li className="arm" aria-label={`Arm ${arm.name}`}>
      <div className="layer-head">
        <span className="swatch" style={{ background: armColour(index, scheme) }} aria-hidden="true" />
        <TextInput
          className="name"
          aria-label="Arm name"
          value={arm.name}
          onChange={(event) => set([...at, "name"], event.currentTarget.value)}
          error={problemAt(problems, [...at, "name"])}
          data-place={placeOf([...at, "name"])}
          data-testid={`field:arms/${index}/name`}
          spellCheck={false}
        />
        <ActionIcon
          aria-label={`Copy ${arm.name}`}
          onClick={() =>
            update((before) => ({
              ...before,
              arms: before.arms.toSpliced(index + 1, 0, { ...arm, name: freeName(arm.name, names) }),
            }))
          }
        >
          {icons.copy}
        </ActionIcon>
        <ActionIcon aria-label={`Remove ${arm.name}`} disabled={names.length === 1} onClick={() => set(at, undefined)}>
          {icons.remove}
        </ActionIcon>
      </div>
      {changes.map((change) => (
        <ChangeRow key={placeOf(change.location)} index={index} change={change} />
      ))}
      <AddChange index={index} parts={parts} changes={arm.changes} none={changes.length === 0} />
    </li>
  );
}

/** Sets an arm's changes. */
function useChange(index: number): (change: (changes: Changes) => Changes) => void {
  const { update } = useSetup();
  return (change) =>
    update((before) => {
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

function ChangeRow({ index, change }: { index: number; change: Change }) {
  const { problems } = useSetup();
  const changeArm = useChange(index);
  const at = ["arms", index, "changes", ...change.location];
  const { field, weight } = change;
  return (
    <div className="weight change">
      {weight ? (
        <>
          <span className="label">{change.label}</span>
          <ConstraintField at={at} weight={weight} label={`${change.label} of this arm`} />
        </>
      ) : field ? (
        <div className="fields">
          <Field at={at} spec={{ ...field, title: change.label }} />
        </div>
      ) : (
        <span className="wrong" tabIndex={-1} data-place={placeOf(at)}>
          {change.label}: {problemAt(problems, at)}
        </span>
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

interface AddChangeProps {
  index: number;
  parts: readonly Part[];
  changes: Changes;
  none: boolean;
}

function AddChange({ index, parts, changes, none }: AddChangeProps) {
  const { catalog } = useSetup();
  const changeArm = useChange(index);
  const made = new Set(changesOf(changes, parts).map((change) => placeOf(change.location)));
  return (
    <div className="add-change">
      {none && <span className="hint">{index === 0 ? "the base, as it stands above" : "as the base"}</span>}
      <Menu position="bottom-start" withinPortal>
        <Menu.Target>
          <Button variant="subtle" size="compact-xs">
            change…
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
          {parts.map((part) => [
            <Menu.Label key={part.label}>{part.label}</Menu.Label>,
            ...part.fields
              .filter((field) => !made.has(placeOf([...part.change, field.name])))
              .map((field) => {
                const weight = part.weights.find((each) => each.field === field.name);
                const first = field.type === "entry" && weight ? field.kinds[0] : undefined;
                const value = first ? defaultsOf(first, catalog) : (part.value[field.name] ?? field.default);
                return (
                  <Menu.Item
                    key={placeOf([...part.change, field.name])}
                    onClick={() => changeArm((before) => setIn(before, [...part.change, field.name], value))}
                  >
                    {field.title}
                  </Menu.Item>
                );
              }),
          ])}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
