import { SegmentedControl, TextInput, UnstyledButton } from "@mantine/core";
import { useId, useState } from "react";
import type { Location } from "../api/problem";
import { axisWarning } from "./axis";
import {
  constraintWords,
  defaultsOf,
  entryOf,
  type FieldSpec,
  type Fields,
  fieldsOf,
  plain,
  type Weight,
} from "./catalog";
import { placeOf, problemAt, problemsUnder, useSetup } from "./context";
import { getIn } from "./draft";
import { FeasibleIcon } from "./FeasibleIcon";
import { axisOf, Field, Title } from "./Field";

interface Props {
  at: Location;
  weight: Weight;
  /** "hidden kernel" */
  label: string;
  /** Whether the choice stands open from the start. */
  open?: boolean;
}

/** The constraint on one weight: a chip that says it in words, and below it, once opened, the choice. */
export function ConstraintField({ at, weight, label, open: openAtFirst = false }: Props) {
  const { catalog, draft, set, problems } = useSetup();
  const [opened, setOpened] = useState(openAtFirst);
  const editor = useId();
  const value = getIn(draft, at) as Fields | null | undefined;
  const entry = entryOf(catalog.constraints, value?.kind);
  const wrong = problemsUnder(problems, at).length > 0;
  const open = opened || wrong;
  const fields = entry ? fieldsOf(entry.schema, catalog) : [];
  const axis = fields.find((field) => field.type === "axis");
  const own = problemAt(problems, at);
  return (
    <>
      <UnstyledButton
        className="chip"
        data-on={Boolean(entry) || undefined}
        data-wrong={wrong || undefined}
        data-place={placeOf(at)}
        data-testid={`constraint:${placeOf(at)}`}
        aria-expanded={open}
        aria-controls={editor}
        aria-label={`${label}: ${constraintWords(value, catalog)}`}
        onClick={() => setOpened(!open)}
      >
        <FeasibleIcon shape={entry?.feasible} />
        {entry ? constraintWords(value, catalog) : "free"}
      </UnstyledButton>
      {open && (
        <fieldset className="editor" id={editor} aria-label={`Constraint on ${label}`}>
          <div className="kinds" role="radiogroup" aria-label={`Constraint on ${label}`}>
            {[null, ...catalog.constraints].map((each) => (
              <UnstyledButton
                key={each?.kind ?? ""}
                role="radio"
                aria-checked={entry?.kind === each?.kind}
                className="kind"
                title={each?.summary}
                onClick={() => set(at, each ? { ...defaultsOf(each, catalog), ...kept(value, each.schema) } : null)}
              >
                <FeasibleIcon shape={each?.feasible} />
                {each?.title ?? "None"}
              </UnstyledButton>
            ))}
          </div>
          <p className="hint">
            {entry
              ? `${entry.summary}. It acts after each update; the first weights are not touched.`
              : "Weights are free."}
          </p>
          {own && <p className="wrong">{own}</p>}
          <div className="fields">
            {fields
              .filter((field) => field.type !== "axis")
              .map((field) => (
                <Field key={field.name} at={[...at, field.name]} spec={field} />
              ))}
          </div>
          {axis && <AxisField at={[...at, axis.name]} spec={axis} weight={weight} />}
        </fieldset>
      )}
    </>
  );
}

/** Fields of the constraint chosen before that the next one has too. */
function kept(value: Fields | null | undefined, schema: { properties?: Record<string, unknown> }): Fields {
  const shared = Object.entries(value ?? {}).filter(([name]) => name !== "kind" && name in (schema.properties ?? {}));
  return Object.fromEntries(shared);
}

/** Which values share one norm: each unit's, Keras' default, or any axes; with a warning where that is a trap. */
function AxisField({ at, spec, weight }: { at: Location; spec: FieldSpec; weight: Weight }) {
  const { draft, set, problems } = useSetup();
  const value = getIn(draft, at) ?? null;
  const [custom, setCustom] = useState(value !== null && value !== 0);
  const chosen = custom ? "custom" : value === null ? "unit" : "keras";
  const warning = axisWarning(value, weight);
  return (
    <div className="axis">
      <span className="label">
        <Title title="One norm for" description={spec.description} />
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
          set(at, choice === "unit" ? null : choice === "keras" ? 0 : value);
        }}
      />
      {custom && (
        <TextInput
          aria-label="Axes"
          placeholder="0, 1"
          value={Array.isArray(value) ? value.map(plain).join(", ") : plain(value)}
          onChange={(event) => set(at, axisOf(event.currentTarget.value))}
          error={problemAt(problems, at)}
          data-place={placeOf(at)}
          data-testid={`field:${placeOf(at)}`}
        />
      )}
      <p className={warning ? "trap" : "hint"}>{warning ?? `One norm over ${weight.unit_words}.`}</p>
    </div>
  );
}
