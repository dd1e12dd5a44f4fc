import { SegmentedControl, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Weight } from "../../api/catalog";
import type { Location } from "../../api/problem";
import type { FieldSpec } from "../../experiment/catalog";
import { plain } from "../../experiment/phrases";
import { useProblem, useSetup, useValue, useWarning } from "../context";
import { placeOf } from "../store";
import styles from "./AxisField.module.css";
import { axisOf, axisWarning, groupName } from "./axis";
import fieldStyles from "./Field.module.css";
import { Title } from "./Title";

/** The axes of one norm: each unit's, Keras' default, or any others; with a warning where units share a norm. */
export function AxisField({ at, spec, weight }: { at: Location; spec: FieldSpec; weight: Weight | null }) {
  const setup = useSetup();
  const value = useValue(at) ?? null;
  const what = groupName(useValue([...at.slice(0, -1), "kind"]));
  const problem = useProblem(at);
  // `Field` shows the service's warning below, which then replaces this one.
  const hasServiceWarning = useWarning(at) !== null;
  const [custom, setCustom] = useState(value !== null && value !== 0);
  const chosen = custom ? "custom" : value === null ? "unit" : "keras";
  const warning = weight && axisWarning(value, weight, what);
  return (
    <div className={styles.axis}>
      <span className={fieldStyles.label}>
        <Title title={`One ${what} for`} description={spec.description} />
      </span>
      <SegmentedControl
        size="xs"
        aria-label="Axis"
        value={chosen}
        data={[
          { value: "unit", label: "each unit" },
          { value: "keras", label: "axis 0, Keras’ default" },
          { value: "custom", label: "other" },
        ]}
        onChange={(choice) => {
          setCustom(choice === "custom");
          setup.set(at, choice === "unit" ? null : choice === "keras" ? 0 : value);
        }}
      />
      {custom && (
        <TextInput
          aria-label="Axes"
          placeholder="0, 1"
          value={plain(value)}
          onChange={(event) => setup.set(at, axisOf(event.currentTarget.value))}
          error={problem}
          data-place={placeOf(at)}
          data-testid={`field:${placeOf(at)}`}
        />
      )}
      {weight && !hasServiceWarning && (
        <p className={warning ? "trap" : "hint"}>{warning ?? `One ${what} over ${weight.unit_words}.`}</p>
      )}
    </div>
  );
}
