import { ActionIcon, SegmentedControl } from "@mantine/core";
import { useMemo } from "react";
import type { Json } from "../../api/catalog";
import type { NumberSpec, NumbersSpec } from "../../experiment/catalog";
import type { AxisDraft, SweepDraft } from "../../experiment/draft";
import { icons } from "../../ui/icons";
import type { Choice } from "../../ui/ranked";
import { ChangesFields } from "../cards/ChangesFields";
import itemStyles from "../cards/items.module.css";
import { useCatalog, useProblem, useSelected, useSetup } from "../context";
import { Field } from "../fields/Field";
import fieldStyles from "../fields/Field.module.css";
import { FieldMessage } from "../fields/FieldMessage";
import { Picker } from "../fields/Picker";
import { placeOf } from "../store";
import styles from "./SweepFields.module.css";
import { variableOf, variablesOf, withAxis, withoutAxis } from "./sweep";

/** The numbers that the sweep varies. */
export function SweepFields() {
  const setup = useSetup();
  const sweep = useSelected(({ draft }) => draft.sweep ?? null);
  const count = sweep?.axes.length ?? 0;
  const change = (to: SweepDraft | null) => setup.set(["sweep"], to as unknown as Json);
  const choices = (): Choice[] => {
    const taken = new Set(sweep?.axes.map((axis) => placeOf(axis.path)));
    return variablesOf(setup.draft, setup.catalog).flatMap((variable, index) =>
      taken.has(placeOf(variable.path))
        ? []
        : [{ value: String(index), label: variable.label, group: variable.group, summary: variable.spec.description }],
    );
  };
  const add = (value: string) => {
    const variable = variablesOf(setup.draft, setup.catalog)[Number(value)];
    if (variable) change(withAxis(sweep, variable));
  };
  return (
    <>
      {!sweep && <p className="hint">Adds an arm for each value in a range, to see how the score depends on it.</p>}
      {sweep && (
        <ul className={itemStyles.items} data-place="sweep" tabIndex={-1}>
          {sweep.axes.map((axis, index) => (
            <AxisItem
              key={placeOf(axis.path)}
              index={index}
              axis={axis}
              sweep={sweep}
              onRemove={() => change(withoutAxis(sweep, index))}
            />
          ))}
        </ul>
      )}
      {sweep && <Beside sweep={sweep} />}
      {count < 2 && (
        <Picker plus what="numbers" testId="add-axis" choices={choices} onChoose={add}>
          {count === 0 ? "Vary a number" : "Vary a second number"}
        </Picker>
      )}
      <FieldMessage at={["sweep"]} />
    </>
  );
}

/** Changes shared by all arms of the sweep, other than its values. */
function Beside({ sweep }: { sweep: SweepDraft }) {
  return (
    <fieldset className={itemStyles.arm} aria-label="What every arm of the sweep changes">
      <p className="hint">Other changes of the sweep’s arms</p>
      <ChangesFields
        at={["sweep", "changes"]}
        changes={sweep.changes}
        whose="of the sweep’s arms"
        none="no other changes"
        testId="change:sweep"
      />
    </fieldset>
  );
}

const STEPS: NumberSpec = {
  type: "number",
  name: "steps",
  title: "Values",
  phrase: "values",
  description: "Number of values, including the first and the last.",
  default: 9,
  nullable: false,
  integer: true,
  min: 2,
  max: 64,
  log: false,
};

interface ItemProps {
  index: number;
  axis: AxisDraft;
  sweep: SweepDraft;
  onRemove: () => void;
}

function AxisItem({ index, axis, sweep, onRemove }: ItemProps) {
  const setup = useSetup();
  const catalog = useCatalog();
  const draft = useSelected((each) => each.draft);
  const variable = useMemo(() => variableOf(axis, sweep, draft, catalog), [axis, sweep, draft, catalog]);
  const at = ["sweep", "axes", index];
  const problem = useProblem([...at, "path"]);
  const below = useSelected(
    ({ problems }) =>
      problems.list.find(({ location }) => placeOf(location).startsWith(`${placeOf(at)}/values`))?.message ?? null,
  );
  const title = variable ? `${variable.group}: ${variable.phrase}` : axis.path.join(" ");
  const listed = axis.values !== null && axis.values !== undefined;
  const end = (name: string, title: string): NumberSpec => ({
    ...(variable?.spec ?? { ...STEPS, integer: false, log: false }),
    name,
    title,
    description: "",
    nullable: false,
    integer: false,
  });
  const list: NumbersSpec = {
    type: "numbers",
    name: "values",
    title: "Values",
    phrase: "values",
    description: "As in 0.25, 0.5, 1",
    default: undefined,
    nullable: false,
    integer: false,
    single: false,
    minItems: 2,
    maxItems: 64,
  };
  const write = (to: Partial<AxisDraft>) => setup.set(at, { ...axis, ...to } as unknown as Json);
  const toList = () => {
    const ends = [axis.start, axis.stop].filter((value) => typeof value === "number");
    write({ values: ends, start: null, stop: null, steps: null });
  };
  const toRange = () => {
    const values = (Array.isArray(axis.values) ? axis.values : []).filter((value) => typeof value === "number");
    write({
      values: null,
      start: Math.min(...values, 1),
      stop: Math.max(...values, 2),
      steps: Math.max(values.length, 5),
    });
  };
  return (
    <li
      className={itemStyles.arm}
      aria-label={`Varied: ${title}`}
      data-place={placeOf(at)}
      tabIndex={-1}
      data-testid={`axis:${index}`}
    >
      <div className={itemStyles.head}>
        <strong className={styles.title} data-place={placeOf([...at, "path"])} tabIndex={-1}>
          {title}
        </strong>
        <ActionIcon aria-label={`Don’t vary ${title}`} onClick={onRemove}>
          {icons.remove}
        </ActionIcon>
      </div>
      {problem && <p className="wrong">{problem}</p>}
      <div className={styles.kinds}>
        <SegmentedControl
          size="xs"
          aria-label={`Values of ${title}`}
          value={listed ? "list" : "range"}
          data={[
            { value: "range", label: "Range" },
            { value: "list", label: "List" },
          ]}
          onChange={(chosen) => (chosen === "list" ? toList() : toRange())}
        />
        <SegmentedControl
          size="xs"
          aria-label={`Scale of ${title}`}
          value={axis.scale}
          data={[
            { value: "log", label: "Log" },
            { value: "linear", label: "Linear" },
          ]}
          onChange={(chosen) => write({ scale: chosen as AxisDraft["scale"] })}
        />
      </div>
      {listed ? (
        <>
          <Field at={[...at, "values"]} spec={list} />
          {below && <p className="wrong">{below}</p>}
        </>
      ) : (
        <div className={fieldStyles.fields}>
          <Field at={[...at, "start"]} spec={end("start", "From")} />
          <Field at={[...at, "stop"]} spec={end("stop", "To")} />
          <Field at={[...at, "steps"]} spec={STEPS} />
        </div>
      )}
      <FieldMessage at={at} />
    </li>
  );
}
