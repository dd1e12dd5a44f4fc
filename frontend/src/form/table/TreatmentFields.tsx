import { Checkbox, NativeSelect, TextInput } from "@mantine/core";
import type { Fields, Json } from "../../api/catalog";
import type { Location } from "../../api/problem";
import type { ColumnView } from "../../api/types";
import type { FieldSpec } from "../../experiment/catalog";
import { plain } from "../../experiment/phrases";
import { useProblem, useSelected } from "../context";
import { NumberField } from "../fields/NumberField";
import { Title } from "../fields/Title";
import { placeOf } from "../store";
import { applies, isMarked, optionsFor } from "./columns";
import styles from "./TreatmentFields.module.css";

interface Props {
  column: ColumnView;
  treatment: Fields;
  specs: readonly FieldSpec[];
  /** Location of the treatment in the draft; null while it is as proposed. */
  at: Location | null;
  onTreat: (column: string, change: Fields) => void;
}

/** How a column is prepared: the fields of a treatment that say anything of it. */
export function TreatmentFields({ column, treatment, specs, at, onTreat }: Props) {
  return (
    <div className={styles.fields}>
      {specs
        .filter((spec) => applies(spec, column, treatment))
        .map((spec) => (
          <TreatmentField
            key={spec.name}
            {...{ column, spec }}
            value={treatment[spec.name] ?? spec.default}
            at={[...(at ?? ["", column.name]), spec.name]}
            onChange={(value) => onTreat(column.name, changeOf(spec, value, column))}
          />
        ))}
    </div>
  );
}

/** What is set with a field: a constant begins with a value, and is gone with the choice of it. */
function changeOf({ name }: FieldSpec, value: Json, { type }: ColumnView): Fields {
  if (name !== "missing") return { [name]: value };
  return { missing: value, fill_value: value === "constant" ? (type === "category" ? "unknown" : 0) : null };
}

interface FieldProps {
  column: ColumnView;
  spec: FieldSpec;
  value: Json | undefined;
  at: Location;
  onChange: (value: Json) => void;
}

function TreatmentField({ column, spec, value, at, onChange }: FieldProps) {
  const standardized = useSelected(({ draft }) => draft.split.standardize === true);
  const error = useProblem(at);
  const { title, description } = spec;
  const label = <Title title={title} description={description} />;
  const common = {
    label,
    error,
    "aria-label": `${title} of ${column.name}`,
    "aria-description": description,
    "data-place": placeOf(at),
    "data-testid": `treatment:${column.name}/${spec.name}`,
  };
  if (spec.type === "choice") {
    return (
      <NativeSelect
        {...common}
        data={optionsFor(spec, column, standardized)}
        value={plain(value)}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  if (spec.type === "flag") {
    const proposed = isMarked(column);
    return (
      <Checkbox
        {...common}
        className={styles.flag}
        checked={typeof value === "boolean" ? value : proposed}
        onChange={({ currentTarget: { checked } }) => onChange(checked === proposed ? null : checked)}
      />
    );
  }
  if (spec.type === "number" && (spec.name !== "fill_value" || column.type !== "category")) {
    return (
      <NumberField
        {...{ at, spec, value, error, label, onChange }}
        title={`${title} of ${column.name}`}
        placeholder={spec.name === "most" || spec.name === "n_features" ? "auto" : ""}
      />
    );
  }
  return (
    <TextInput
      {...common}
      value={plain(value)}
      onChange={(event) => onChange(event.currentTarget.value)}
      spellCheck={false}
    />
  );
}
