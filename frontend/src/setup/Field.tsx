import { Checkbox, NativeSelect, TextInput, Tooltip } from "@mantine/core";
import type { Location } from "../api/problem";
import {
  defaultsOf,
  type EntrySpec,
  entryOf,
  type FieldSpec,
  type Fields,
  fieldsOf,
  type Json,
  plain,
} from "./catalog";
import { placeOf, problemAt, useSetup } from "./context";
import { getIn } from "./draft";
import { NumberField, typed } from "./NumberField";

/** A field's title; what it means shows when it is pointed at, and is told to screen readers with the field. */
export function Title({ title, description }: { title: string; description: string }) {
  if (!description) return <>{title}</>;
  return (
    <Tooltip label={description} multiline maw={260} openDelay={250} position="top-start">
      <span className="explained">{title}</span>
    </Tooltip>
  );
}

const SHARE: Omit<Extract<FieldSpec, { type: "number" }>, "name" | "title" | "description" | "default"> = {
  type: "number",
  integer: false,
  log: false,
  above: 0,
};

/** The field that `spec` asks for, bound to what stands at `at` in the set-up. */
export function Field({ at, spec }: { at: Location; spec: FieldSpec }) {
  const { draft, set, problems } = useSetup();
  const value = getIn(draft, at);
  const error = problemAt(problems, at);
  const label = <Title title={spec.title} description={spec.description} />;
  const place = placeOf(at);
  const common = {
    "data-place": place,
    "data-testid": `field:${place}`,
    "aria-label": spec.title,
    "aria-description": spec.description,
    error,
  };
  const change = (to: Json) => set(at, to);

  switch (spec.type) {
    case "number":
      return <NumberField {...{ at, spec, value, error, label }} onChange={change} />;
    case "share": {
      // Whole rows step by one, a share by a twentieth.
      const step =
        typeof value === "number" && value < 1 ? { step: 0.05, below: 1 } : { step: 1, min: 1, integer: true };
      return <NumberField {...{ at, value, error, label }} spec={{ ...spec, ...SHARE, ...step }} onChange={change} />;
    }
    case "flag":
      return (
        <Checkbox
          {...common}
          className="flag"
          label={label}
          checked={value === true}
          onChange={(event) => change(event.currentTarget.checked)}
        />
      );
    case "choice":
      return (
        <NativeSelect
          {...common}
          label={label}
          data={spec.options.map((option) => ({ value: option, label: option.replaceAll("_", " ") }))}
          value={String(value)}
          onChange={(event) => change(event.currentTarget.value)}
        />
      );
    case "text":
      return (
        <TextInput
          {...common}
          label={label}
          value={plain(value)}
          onChange={(event) => change(event.currentTarget.value)}
          spellCheck={false}
        />
      );
    case "axis":
      return (
        <TextInput
          {...common}
          label={label}
          placeholder="each unit"
          value={Array.isArray(value) ? value.join(", ") : plain(value)}
          onChange={(event) => change(axisOf(event.currentTarget.value))}
        />
      );
    case "entry":
      return <EntryField at={at} spec={spec} />;
  }
}

/** "0, 1" as a list of axes, one number as that axis, nothing as null. */
export function axisOf(text: string): Json {
  if (text.trim() === "") return null;
  const axes = text.split(",").map(typed);
  return axes.length === 1 ? (axes[0] as Json) : axes;
}

/** A choice between kinds, then the fields of the one chosen. */
function EntryField({ at, spec }: { at: Location; spec: EntrySpec }) {
  const { catalog, draft, set } = useSetup();
  const value = getIn(draft, at) as Fields | null | undefined;
  const entry = entryOf(spec.kinds, value?.kind);
  const options = spec.kinds.map((each) => ({ value: each.kind, label: each.title }));
  return (
    <>
      <NativeSelect
        data-place={placeOf(at)}
        data-testid={`field:${placeOf(at)}`}
        aria-label={spec.title}
        label={<Title title={spec.title} description={entry?.summary ?? spec.description} />}
        data={spec.nullable ? [{ value: "", label: "none" }, ...options] : options}
        value={entry?.kind ?? ""}
        onChange={(event) => {
          const chosen = entryOf(spec.kinds, event.currentTarget.value);
          set(at, chosen ? defaultsOf(chosen, catalog) : null);
        }}
      />
      {entry && <FieldList at={at} specs={fieldsOf(entry.schema, catalog)} />}
    </>
  );
}

/** Fields side by side, as many as fit. */
export function FieldList({ at, specs }: { at: Location; specs: readonly FieldSpec[] }) {
  return specs.map((spec) => <Field key={spec.name} at={[...at, spec.name]} spec={spec} />);
}
