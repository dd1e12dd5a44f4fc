import { UnstyledButton } from "@mantine/core";
import { useCallback, useMemo } from "react";
import type { Fields, Json } from "../../api/catalog";
import type { Location } from "../../api/problem";
import type { FileView } from "../../api/types";
import { entryOf, type FieldSpec, type SpecialSpec, widgetField } from "../../experiment/catalog";
import { useCatalog, useSelected, useSetup, useValue } from "../context";
import fieldStyles from "../fields/Field.module.css";
import { Title } from "../fields/Title";
import { placeOf } from "../store";
import { ColumnRow } from "./ColumnRow";
import { ColumnSearch, MoreColumns, useFoundColumns } from "./ColumnSearch";
import styles from "./ColumnsField.module.css";
import {
  chosenOf,
  featuresOf,
  othersOf,
  type Reasons,
  targetsOf,
  treatmentFields,
  treatmentsIn,
  withTreatment,
} from "./columns";
import { useFile } from "./useFile";
import { useReasons } from "./useReasons";

interface Props {
  at: Location;
  spec: SpecialSpec;
  title: string;
}

const SHOWN = 12;
const UNTREATED: Fields = {};

/** The columns of the file: which are features, and how each is prepared. */
export function ColumnsField(props: Props) {
  const file = useFile(props.at);
  return file ? <Columns key={file.id} {...props} file={file} /> : null;
}

function Columns({ at, spec, title, file }: Props & { file: FileView }) {
  const around = at.slice(0, -1);
  const reasons = useReasons(file);
  const first = useValue([...around, "target"]);
  const more = useValue([...around, "more_targets"]);
  const targets = useMemo(() => targetsOf({ target: first ?? "", more_targets: more ?? [] }), [first, more]);
  const features = useValue(at) ?? null;
  const { place: treated, specs, treatments, treat } = useTreatments(around);
  const { others, chosen, put, putAll, reset } = useFeatures(at, file, targets, features, reasons);
  const wrong = useProblemsIn(treated, treatments);
  const found = useFoundColumns(file.columns, SHOWN, wrong);
  const places = [placeOf(at), placeOf(treated)];
  return (
    <fieldset
      className={styles.columns}
      data-places={places.join(" ")}
      data-testid={`field:${placeOf(at)}`}
      aria-label={title}
      tabIndex={-1}
    >
      <div className={styles.head}>
        <span className={fieldStyles.label}>
          <Title title={`${title}: ${chosen.size} of ${others.length}`} description={spec.description} />
        </span>
        {features !== null && (
          <UnstyledButton className="more target" onClick={reset}>
            As proposed
          </UnstyledButton>
        )}
        {found.search && (
          <>
            <UnstyledButton className="more target" onClick={() => putAll(found.found, true)}>
              Tick these
            </UnstyledButton>
            <UnstyledButton className="more target" onClick={() => putAll(found.found, false)}>
              Untick these
            </UnstyledButton>
          </>
        )}
      </div>
      <Problems places={places} />
      <ColumnSearch found={found} />
      <ul className={styles.list}>
        {found.shown.map((column) => {
          const index = treatments.findIndex((each) => each.column === column.name);
          return (
            <ColumnRow
              key={column.name}
              column={column}
              role={targets.includes(column.name) ? "target" : chosen.has(column.name) ? "feature" : "left out"}
              why={reasons.get(column.name) ?? null}
              treatment={treatments[index] ?? UNTREATED}
              place={index < 0 ? null : placeOf([...treated, index])}
              specs={specs}
              onChoose={put}
              onTreat={treat}
            />
          );
        })}
      </ul>
      <MoreColumns found={found} />
    </fieldset>
  );
}

/** The features of `file`, and what changes them. */
function useFeatures(at: Location, file: FileView, targets: readonly string[], features: Json, reasons: Reasons) {
  const setup = useSetup();
  const others = useMemo(() => othersOf(file, targets), [file, targets]);
  const chosen = useMemo(() => chosenOf(others, features, reasons), [others, features, reasons]);
  const place = placeOf(at);
  const putAll = useCallback(
    (columns: readonly { name: string }[], on: boolean) => {
      const next = new Set(chosen);
      for (const { name } of columns) on ? next.add(name) : next.delete(name);
      setup.set(place.split("/"), featuresOf(others, next, reasons));
    },
    [setup, place, others, chosen, reasons],
  );
  const put = useCallback((name: string, on: boolean) => putAll([{ name }], on), [putAll]);
  return { others, chosen, put, putAll, reset: () => setup.set(at, null) };
}

/** The treatments of the data set at `around`, the fields that each has, and what changes them. */
function useTreatments(around: Location): {
  place: Location;
  specs: readonly FieldSpec[];
  treatments: readonly Fields[];
  treat: (column: string, change: Fields) => void;
} {
  const setup = useSetup();
  const catalog = useCatalog();
  const kind = useValue([...around, "kind"]);
  const entry = entryOf(catalog.datasets, kind);
  const spec = entry && widgetField(entry, "treatments", catalog);
  const specs = useMemo(() => treatmentFields(spec, catalog), [spec, catalog]);
  const place = [...around, spec?.name ?? "treatments"];
  const value = useValue(place);
  const treatments = useMemo(() => treatmentsIn(value), [value]);
  const written = placeOf(place);
  const treat = useCallback(
    (column: string, change: Fields) => {
      const at = written.split("/");
      setup.set(at, withTreatment(treatmentsIn(setup.draft.dataset[String(at.at(-1))]), column, change, specs));
    },
    [setup, written, specs],
  );
  return { place, specs, treatments, treat };
}

/** Names of the columns whose treatment has a problem: they are shown, however many there are. */
function useProblemsIn(treated: Location, treatments: readonly Fields[]): ReadonlySet<string> {
  const joined = useSelected(({ problems }) =>
    treatments
      .filter((_, index) => problems.under([...treated, index]))
      .map(({ column }) => String(column))
      .join("\n"),
  );
  return useMemo(() => new Set(joined.split("\n").filter(Boolean)), [joined]);
}

/** Problems of the features, and of the treatments as a whole. */
function Problems({ places: [features = "", treatments = ""] }: { places: readonly string[] }) {
  const joined = useSelected(({ problems }) => {
    const isOwn = (place: string) => place === treatments || place === features || place.startsWith(`${features}/`);
    return problems.list
      .filter(({ location }) => isOwn(placeOf(location)))
      .map(({ message }) => message)
      .join("\n");
  });
  if (!joined) return null;
  return (
    <div className="wrong">
      {joined.split("\n").map((message) => (
        <p key={message}>{message}</p>
      ))}
    </div>
  );
}
