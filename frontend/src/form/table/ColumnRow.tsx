import { ActionIcon, Checkbox } from "@mantine/core";
import { memo, useId, useState } from "react";
import type { Fields } from "../../api/catalog";
import type { ColumnView } from "../../api/types";
import type { FieldSpec } from "../../experiment/catalog";
import { icons } from "../../ui/icons";
import { useProblem, useWrongUnder } from "../context";
import styles from "./ColumnRow.module.css";
import { columnText, targetText, treatmentText } from "./columns";
import { TreatmentFields } from "./TreatmentFields";

interface Props {
  column: ColumnView;
  role: "target" | "feature" | "left out";
  /** Why it is left out unless one says so. */
  why: string | null;
  treatment: Fields;
  /** Place of its treatment in the draft; null while it is as proposed. */
  place: string | null;
  specs: readonly FieldSpec[];
  onChoose: (column: string, on: boolean) => void;
  onTreat: (column: string, change: Fields) => void;
}

/** A column: its role, its type, its gaps and, to be opened, its treatment. */
export const ColumnRow = memo(function ColumnRow(props: Props) {
  const { column, role, why, treatment, place, specs, onChoose, onTreat } = props;
  const { name } = column;
  const [opened, setOpened] = useState(false);
  const panel = useId();
  const at = place?.split("/").map((key) => (/^\d+$/.test(key) ? Number(key) : key)) ?? null;
  const wrong = useWrongUnder(at);
  const problem = useProblem(at && [...at, "column"]);
  const canTreat = specs.length > 0 && (role === "feature" || wrong);
  const said = [columnText(column), role === "target" ? targetText(column) : treatmentText(column, treatment, specs)];
  return (
    <li className={styles.row} data-place={place ?? undefined} data-testid={`column:${name}`} tabIndex={-1}>
      <div className={styles.line}>
        {role === "target" ? (
          <span className={styles.target}>{name}</span>
        ) : (
          <Checkbox
            label={name}
            aria-describedby={`${panel}-said`}
            checked={role === "feature"}
            onChange={(event) => onChoose(name, event.currentTarget.checked)}
          />
        )}
        {canTreat && (
          <ActionIcon
            data-opener
            aria-expanded={opened}
            aria-label={`How ${name} is prepared`}
            data-wrong={wrong || undefined}
            onClick={() => setOpened(!opened)}
          >
            {opened ? icons.up : icons.down}
          </ActionIcon>
        )}
      </div>
      <p id={`${panel}-said`} className="hint">
        {role === "target" && "target, "}
        {said.filter(Boolean).join("; ")}
        {why && (
          <span className="trap">
            {role === "feature" ? " · although it " : " · "}
            {why}
          </span>
        )}
      </p>
      {wrong && !opened && <p className="wrong">{problem ?? "to be fixed"}</p>}
      {opened && canTreat && (
        <>
          {problem && <p className="wrong">{problem}</p>}
          <TreatmentFields {...{ column, treatment, specs }} at={at} onTreat={onTreat} />
        </>
      )}
    </li>
  );
});
