import { ActionIcon, TextInput, UnstyledButton } from "@mantine/core";
import { memo, useState } from "react";
import type { Fields } from "../../api/catalog";
import { armColour } from "../../charts/palette";
import type { FieldSpec } from "../../experiment/catalog";
import { type ArmDraft, freeName, NO_CHANGES } from "../../experiment/draft";
import { methodName, plain } from "../../experiment/phrases";
import { huesOf } from "../../state/arms";
import { icons } from "../../ui/icons";
import type { Choice } from "../../ui/ranked";
import { useScheme } from "../../ui/scheme";
import { useProblem, useSelected, useSetup, useValue } from "../context";
import { Field } from "../fields/Field";
import { FieldMessage } from "../fields/FieldMessage";
import { Picker } from "../fields/Picker";
import { MethodsLink } from "../methods/MethodsButtons";
import { placeOf } from "../store";
import { type Suggestion, suggestArms } from "../suggest";
import styles from "./ArmsFields.module.css";
import { ChangesFields } from "./ChangesFields";
import itemStyles from "./items.module.css";

/** The arms with their fields, and what adds some. */
export function ArmsFields() {
  const count = useSelected(({ draft }) => draft.arms.length);
  return (
    <>
      <ul className={itemStyles.items}>
        {Array.from({ length: count }, (_, index) => (
          <ArmItem key={index} index={index} alone={count === 1} />
        ))}
      </ul>
      <AddArm />
      <MethodsLink />
      <Families />
      <FieldMessage at={["arms"]} />
      <PublishedLine />
    </>
  );
}

/** Notice that the results will be compared with published figures, with a button to drop them. */
function PublishedLine() {
  const setup = useSetup();
  const title = useSelected(({ draft }) => (draft.published as Fields | null | undefined)?.title);
  const problem = useSelected(
    ({ problems }) => problems.list.find((each) => each.location[0] === "published")?.message ?? null,
  );
  if (!title) return null;
  return (
    <div className={styles.published} data-place="published" tabIndex={-1}>
      <p className="hint">Compared with published figures: {plain(title)}</p>
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
  title: "Method",
  phrase: "method",
  description: "The arm is a trial of it. Each method’s best trial on the validation set is judged on the sealed set.",
  default: null,
  nullable: true,
  minLength: 1,
  maxLength: 60,
};

/** Takes the arms that there are as trials of methods, each named by its arm, or compares the arms again. */
function Families() {
  const setup = useSetup();
  const on = useSelected(({ draft }) => draft.arms.some((arm) => arm.family));
  const count = useSelected(({ draft }) => draft.arms.length);
  if (!on && count <= 2) return null;
  const toggle = () =>
    setup.update((before) => ({
      ...before,
      arms: before.arms.map((arm, index) => ({ ...arm, family: on || index === 0 ? null : methodName(arm.name) })),
    }));
  return (
    <UnstyledButton className="more target" onClick={toggle} data-testid="families">
      {on ? "Compare arms, not methods" : "Take these arms as trials of methods"}
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
      { value: EMPTY, label: "An arm without changes" },
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
  const hue = useSelected(({ draft }) => huesOf(draft.arms)[index] ?? index);
  const problem = useProblem([...at, "name"]);
  if (!arm) return null;
  return (
    <li className={itemStyles.arm} aria-label={`Arm ${arm.name}`} data-place={placeOf(at)} tabIndex={-1}>
      <div className={itemStyles.head}>
        <span className="swatch" style={{ background: armColour(hue, scheme) }} aria-hidden="true" />
        <TextInput
          className={itemStyles.name}
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
      <FieldMessage at={at} />
      <ChangesFields
        at={[...at, "changes"]}
        changes={arm.changes}
        whose="of this arm"
        none={index === 0 ? "the shared settings, without changes" : "no changes"}
        testId={`change:${index}`}
      />
    </li>
  );
});
