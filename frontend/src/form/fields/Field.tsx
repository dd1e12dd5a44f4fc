import { ActionIcon, Button, Checkbox, NativeSelect, TextInput, UnstyledButton } from "@mantine/core";
import { memo, useContext, useState } from "react";
import type { CatalogEntry, Fields, Json } from "../../api/catalog";
import type { Location } from "../../api/problem";
import {
  defaultsOf,
  type EntriesSpec,
  type EntrySpec,
  entryOf,
  type FieldSpec,
  fieldsOf,
  fits,
  grouped,
  isRare,
  type ObjectSpec,
} from "../../experiment/catalog";
import { type Draft, getIn, initialValue } from "../../experiment/draft";
import { plain } from "../../experiment/phrases";
import { icons } from "../../ui/icons";
import { useProblem, useSelected, useSetup, useValue, useVariedUnder, useWarning, WeightContext } from "../context";
import { placeOf } from "../store";
import styles from "./Field.module.css";
import { FieldMessage } from "./FieldMessage";
import { NumberField } from "./NumberField";
import { NumbersField } from "./NumbersField";
import { SpecialField } from "./SpecialField";
import { Title } from "./Title";

interface FieldProps {
  at: Location;
  spec: FieldSpec;
  /** Replaces the schema's title. */
  title?: string;
}

/** The control for `spec`, bound to the value at `at` in the draft. */
export const Field = memo(
  function Field({ at, spec, title = spec.title }: FieldProps) {
    const warning = useWarning(at);
    const varied = useVariedUnder(at);
    if (spec.type === "special" && spec.widget === "treatments") return null; // the list of columns has them
    if (varied && spec.type === "number") return <Varied {...{ at, title }} description={spec.description} />;
    const wide = spec.type === "object" || spec.type === "entries" || (spec.type === "special" && isWide(spec.widget));
    return (
      <div className={styles.field} data-wide={wide || undefined} data-flat={spec.type === "entry" || undefined}>
        <Control at={at} spec={spec} title={title} />
        {warning && <p className="trap">{warning}</p>}
      </div>
    );
  },
  (before, after) =>
    before.spec === after.spec && before.title === after.title && placeOf(before.at) === placeOf(after.at),
);

/** Placeholder for a number that a sweep varies. */
function Varied({ at, title, description }: { at: Location; title: string; description: string }) {
  return (
    <div className={styles.field}>
      <span className={styles.label}>
        <Title title={title} description={description} />
      </span>
      <p className="hint">varied by the sweep</p>
      <FieldMessage at={at} />
    </div>
  );
}

function isWide(widget: string): boolean {
  return ["axis", "file", "arrays_file", "columns", "more_targets"].includes(widget);
}

const SHARE = { type: "number", integer: false, log: false, above: 0 } as const;

function Control({ at, spec, title }: Required<FieldProps>) {
  const setup = useSetup();
  const value = useValue(at);
  const error = useProblem(at);
  const label = <Title title={title} description={spec.description} />;
  const place = placeOf(at);
  const common = {
    "data-place": place,
    "data-testid": `field:${place}`,
    "aria-label": title,
    "aria-description": spec.description,
    label,
    error,
  };
  const change = (to: Json) => setup.set(at, to);

  switch (spec.type) {
    case "number":
      return <NumberField {...{ at, spec, title, value, error, label }} onChange={change} />;
    case "share": {
      // Whole rows step by one, a share by a twentieth.
      const step =
        typeof value === "number" && value < 1 ? { step: 0.05, below: 1 } : { step: 1, min: 1, integer: true };
      const number = { ...spec, ...SHARE, ...step };
      return <NumberField {...{ at, title, value, error, label }} spec={number} onChange={change} />;
    }
    case "numbers":
      return <NumbersField {...{ at, spec, title, value, error, label }} onChange={change} />;
    case "flag":
      return (
        <Checkbox
          {...common}
          className={styles.flag}
          checked={value === true}
          onChange={(event) => change(event.currentTarget.checked)}
        />
      );
    case "choice": {
      const options = spec.options.map((option) => ({
        value: String(option),
        label: plain(option).replaceAll("_", " "),
      }));
      return (
        <NativeSelect
          {...common}
          data={spec.nullable ? [{ value: "", label: "none" }, ...options] : options}
          value={plain(value)}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            change(spec.options.find((option) => String(option) === chosen) ?? null);
          }}
        />
      );
    }
    case "text":
      return (
        <TextInput
          {...common}
          value={plain(value)}
          onChange={(event) => {
            const text = event.currentTarget.value;
            change(spec.nullable && text === "" ? null : text);
          }}
          spellCheck={false}
        />
      );
    case "texts":
      return (
        <TextInput
          {...common}
          value={plain(value)}
          onChange={(event) => {
            const items = event.currentTarget.value.split(",").map((each) => each.trim());
            change(items.filter(Boolean).length ? items : spec.nullable ? null : []);
          }}
          spellCheck={false}
        />
      );
    case "special":
      return <SpecialField at={at} spec={spec} title={title} />;
    case "entry":
      return <EntryField at={at} spec={spec} title={title} />;
    case "entries":
      return <EntriesField at={at} spec={spec} title={title} />;
    case "object":
      return <ObjectField at={at} spec={spec} title={title} />;
  }
}

/** The most important fields of an entry, shown first. */
const LEADING = [
  "file",
  "target",
  "target_type",
  "units",
  "filters",
  "kernel_size",
  "num_heads",
  "key_dim",
  "n_samples",
  "learning_rate",
];

function leadingFirst(specs: readonly FieldSpec[]): FieldSpec[] {
  const leading = LEADING.flatMap((name) => specs.find((spec) => spec.name === name) ?? []);
  return [...leading, ...specs.filter((spec) => !leading.includes(spec))];
}

interface FieldListProps {
  at: Location;
  specs: readonly FieldSpec[];
  /** Names of further fields that are behind "more". */
  idle?: readonly string[];
}

/** Fields side by side, as many as fit; rarely changed ones behind "more". */
export function FieldList({ at, specs, idle = [] }: FieldListProps) {
  const [more, setMore] = useState(false);
  const rare = specs.filter((spec) => isRare(spec) || idle.includes(spec.name));
  const touched = useSelected(({ draft, problems, warnings }) => {
    const fields = rare.filter((spec) => {
      const place = [...at, spec.name];
      if (problems.under(place) || warnings.under(place)) return true;
      return JSON.stringify(getIn(draft, place) ?? null) !== JSON.stringify(spec.default ?? null);
    });
    return fields.map((spec) => spec.name).join();
  }).split(",");
  const hidden = rare.filter((spec) => !touched.includes(spec.name));
  return (
    <>
      {leadingFirst(specs)
        .filter((spec) => more || !hidden.includes(spec))
        .map((spec) => (
          <Field key={spec.name} at={[...at, spec.name]} spec={spec} />
        ))}
      {hidden.length > 0 && (
        <UnstyledButton
          className="more"
          aria-expanded={more}
          title={hidden.map((spec) => spec.title).join(", ")}
          onClick={() => setMore(!more)}
        >
          {more ? "less" : "more"}
        </UnstyledButton>
      )}
    </>
  );
}

/** A select of kinds, then the fields of the chosen entry. */
function EntryField({ at, spec, title }: { at: Location; spec: EntrySpec; title: string }) {
  const setup = useSetup();
  const error = useProblem(at);
  const kind = useValue([...at, "kind"]);
  const entry = entryOf(spec.kinds, kind);
  const options = grouped(spec.kinds).map(([group, kinds]) => ({
    group,
    items: kinds.map((each) => ({ value: each.kind, label: each.title })),
  }));
  const [only, ...others] = options;
  const listed = others.length ? options : (only?.items ?? []);
  return (
    <>
      <NativeSelect
        data-place={placeOf(at)}
        data-testid={`field:${placeOf(at)}`}
        aria-label={title}
        label={<Title title={title} description={entry?.summary ?? spec.description} />}
        error={error}
        data={spec.nullable ? [{ value: "", label: spec.unset ?? "none" }, ...listed] : listed}
        value={entry?.kind ?? ""}
        onChange={(event) => {
          const chosen = entryOf(spec.kinds, event.currentTarget.value);
          setup.set(
            at,
            chosen ? { ...defaultsOf(chosen, setup.catalog), ...carriedOver(setup.draft, at, chosen) } : null,
          );
        }}
      />
      {entry && <FieldList at={at} specs={fieldsOf(entry.schema, setup.catalog)} />}
    </>
  );
}

/** Values to carry over to the next entry: fields it shares with the previous one that differ from that one's defaults. */
function carriedOver(draft: Draft, at: Location, next: CatalogEntry): Fields {
  const before = (getIn(draft, at) ?? {}) as Fields;
  const shared = ["decay_epochs", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm"].filter(
    (name) => before[name] !== undefined && before[name] !== null && name in (next.schema.properties ?? {}),
  );
  return Object.fromEntries(shared.map((name) => [name, before[name] as Json]));
}

/** An optional object: a checkbox that adds it, then its fields. */
function ObjectField({ at, spec, title }: { at: Location; spec: ObjectSpec; title: string }) {
  const setup = useSetup();
  const on = useSelected(({ draft }) => Boolean(getIn(draft, at)));
  const problem = useProblem(at);
  return (
    <fieldset className={styles.object} aria-label={title} data-place={placeOf(at)} tabIndex={-1}>
      {spec.nullable ? (
        <Checkbox
          label={<Title title={title} description={spec.description} />}
          aria-label={title}
          data-testid={`field:${placeOf(at)}`}
          checked={on}
          onChange={(event) =>
            setup.set(at, event.currentTarget.checked ? initialValue(spec, setup.draft, setup.catalog) : null)
          }
        />
      ) : (
        <span className={styles.label}>{title}</span>
      )}
      {problem && <p className="wrong">{problem}</p>}
      {on && (
        <div className={styles.fields}>
          <FieldList at={at} specs={fieldsOf(spec.schema, setup.catalog)} />
        </div>
      )}
    </fieldset>
  );
}

/** An ordered list of entries, each with a select of kinds, its fields, and buttons to move and remove it. */
function EntriesField({ at, spec, title }: { at: Location; spec: EntriesSpec; title: string }) {
  const setup = useSetup();
  const { catalog } = setup;
  const weight = useContext(WeightContext);
  const list = (useValue(at) ?? []) as Fields[];
  const problem = useProblem(at);
  const kinds = spec.kinds.filter((each) => !weight || fits(each, weight));
  const options = kinds.map((each) => ({ value: each.kind, label: each.title }));
  const put = (next: Fields[]) => setup.set(at, next);
  return (
    <fieldset className={styles.entries} aria-label={title} data-place={placeOf(at)} tabIndex={-1}>
      <ol>
        {list.map((value, index) => {
          const entry = entryOf(spec.kinds, value.kind);
          const nth = `${title.toLowerCase()} ${index + 1}`;
          return (
            <li key={index}>
              <div className={styles.head}>
                <NativeSelect
                  aria-label={nth}
                  data-testid={`field:${placeOf([...at, index])}`}
                  data={options}
                  value={entry?.kind ?? ""}
                  onChange={(event) => {
                    const chosen = entryOf(kinds, event.currentTarget.value);
                    if (chosen) put(list.with(index, defaultsOf(chosen, catalog)));
                  }}
                />
                <ActionIcon
                  aria-label={`Move ${nth} up`}
                  disabled={index === 0}
                  onClick={() => put(list.toSpliced(index, 1).toSpliced(index - 1, 0, value))}
                >
                  {icons.up}
                </ActionIcon>
                <ActionIcon
                  aria-label={`Move ${nth} down`}
                  disabled={index === list.length - 1}
                  onClick={() => put(list.toSpliced(index, 1).toSpliced(index + 1, 0, value))}
                >
                  {icons.down}
                </ActionIcon>
                <ActionIcon
                  aria-label={`Remove ${nth}`}
                  disabled={list.length <= spec.minItems}
                  onClick={() => put(list.toSpliced(index, 1))}
                >
                  {icons.remove}
                </ActionIcon>
              </div>
              {entry && (
                <div className={styles.fields}>
                  <FieldList at={[...at, index]} specs={fieldsOf(entry.schema, catalog)} />
                </div>
              )}
            </li>
          );
        })}
      </ol>
      {problem && <p className="wrong">{problem}</p>}
      {list.length < spec.maxItems && kinds[0] && (
        <Button
          variant="subtle"
          size="compact-xs"
          leftSection={icons.add}
          onClick={() => put([...list, defaultsOf(kinds[0] as CatalogEntry, catalog)])}
        >
          Add another
        </Button>
      )}
    </fieldset>
  );
}
