import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { client, payload } from "../../api/client";
import { ApiError } from "../../api/problem";
import type { FileView, Reading } from "../../api/types";
import { parseNumber } from "../fields/parseNumber";
import { FirstRows } from "./FirstRows";
import styles from "./ReadingForm.module.css";
import {
  changesColumns,
  DATE_ORDERS,
  DECIMALS,
  DELIMITERS,
  ENCODINGS,
  FOUND,
  fieldsFor,
  isSameReading,
  missingIn,
  missingText,
  THOUSANDS,
  withReading,
} from "./reading";
import { placeText } from "./uploads";

interface Props {
  file: FileView;
  /** Called with the file as it was read anew. */
  onRead: (file: FileView) => void;
  onClose: () => void;
}

const path = (file: string) => ({ path: { file } });

/** Corrections of how a file was read, each at its field, and the first rows with the columns' types. */
export function ReadingForm({ file, onRead, onClose }: Props) {
  const [reading, setReading] = useState<Reading>(file.reading);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (body: Reading) =>
      payload(client.POST("/api/datasets/files/{file}/reading", { params: path(file.id), body })),
    onSuccess: onRead,
  });
  const form = useRef<HTMLFieldSetElement>(null);
  const apply = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("select, input")?.focus();
  }, []);
  // A button that is loading loses the focus.
  useEffect(() => {
    if (!error) return;
    const wrong = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    (wrong ?? apply.current)?.focus();
  }, [error]);
  const fields = fieldsFor(file);
  const problems = error instanceof ApiError ? error.problems : [];
  const at = (name: string) => problems.find(({ location }) => location[0] === name)?.message ?? null;
  const others = problems.filter(({ location }) => !fields.some((name) => name === location[0]));
  const change = (part: Partial<Reading>) => setReading((before) => withReading(before, part));
  const isPendingColumns = changesColumns(reading, file.reading);
  return (
    <fieldset
      ref={form}
      className={styles.form}
      aria-label={`How ${file.name} is read`}
      data-testid="reading-form"
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <div className={styles.fields}>
        {fields.map((name) => (
          <ReadingField sheets={file.sheets} key={name} {...{ name, reading }} error={at(name)} onChange={change} />
        ))}
      </div>
      <FirstRows file={file} reading={reading} isOutdated={isPendingColumns} onChange={setReading} />
      {error && (others.length > 0 || problems.length === 0) && (
        <ul className="wrong" role="alert" data-testid="reading-refused">
          {(others.length ? others.map(placeText) : [error.message]).map((message) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      )}
      <div className={styles.actions}>
        <Button
          ref={apply}
          size="xs"
          loading={isPending}
          disabled={isSameReading(reading, file.reading)}
          onClick={() => mutate(reading)}
          data-testid="apply-reading"
        >
          Read it so
        </Button>
        <Button size="xs" variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          size="xs"
          variant="subtle"
          onClick={() => setReading(FOUND)}
          title="Leaves all of this to the lab again"
        >
          Find all anew
        </Button>
      </div>
    </fieldset>
  );
}

interface FieldProps {
  name: ReturnType<typeof fieldsFor>[number];
  reading: Reading;
  /** Names of the workbook's sheets. */
  sheets: readonly string[];
  error: string | null;
  onChange: (part: Partial<Reading>) => void;
}

const FOUND_BY_LAB = "found by the lab";

function ReadingField({ name, reading, sheets, error, onChange }: FieldProps) {
  const common = { error, "data-testid": `reading:${name}` };
  switch (name) {
    case "header":
      return (
        <Choice
          {...common}
          label="First row"
          options={{ true: "names of the columns", false: "values" }}
          value={reading.header}
          onChange={(value) => onChange({ header: value === null ? null : value === "true" })}
        />
      );
    case "delimiter":
      return (
        <Choice
          {...common}
          label="Delimiter"
          options={DELIMITERS}
          value={reading.delimiter}
          onChange={(delimiter) => onChange({ delimiter })}
        />
      );
    case "decimal":
      return (
        <Choice
          {...common}
          label="Decimal mark"
          options={DECIMALS}
          value={reading.decimal}
          onChange={(decimal) => onChange({ decimal })}
        />
      );
    case "date_order":
      return (
        <Choice
          {...common}
          label="Dates such as 03/04/2020"
          options={DATE_ORDERS}
          value={reading.date_order}
          onChange={(date_order) => onChange({ date_order })}
        />
      );
    case "thousands":
      return (
        <Choice
          {...common}
          label="Thousands"
          options={THOUSANDS}
          value={reading.thousands}
          onChange={(thousands) => onChange({ thousands })}
        />
      );
    case "encoding":
      return (
        <Choice
          {...common}
          label="Encoding"
          options={ENCODINGS}
          value={reading.encoding}
          onChange={(encoding) => onChange({ encoding })}
        />
      );
    case "sheet":
      return sheets.length ? (
        <Choice
          {...common}
          label="Sheet"
          options={Object.fromEntries(sheets.map((name) => [name, name]))}
          value={reading.sheet}
          onChange={(sheet) => onChange({ sheet })}
        />
      ) : (
        <TextInput
          {...common}
          label="Sheet"
          placeholder={FOUND_BY_LAB}
          value={reading.sheet ?? ""}
          onChange={({ currentTarget: { value } }) => onChange({ sheet: value || null })}
          spellCheck={false}
        />
      );
    case "skip":
      return <Skip {...common} value={reading.skip} onChange={(skip) => onChange({ skip })} />;
    case "missing":
      return <Missing {...common} value={reading.missing} onChange={(missing) => onChange({ missing })} />;
  }
}

interface ChoiceProps<Value extends string> {
  label: string;
  options: Readonly<Record<Value, string>>;
  value: Value | boolean | null | undefined;
  error: string | null;
  "data-testid": string;
  onChange: (value: Value | null) => void;
}

/** A select of what is known, or nothing: then the lab finds it. */
function Choice<Value extends string>({ options, value, onChange, ...others }: ChoiceProps<Value>) {
  const known = Object.entries<string>(options).map(([option, label]) => ({ value: `=${option}`, label }));
  return (
    <NativeSelect
      {...others}
      data={[{ value: "", label: FOUND_BY_LAB }, ...known]}
      value={value === null || value === undefined ? "" : `=${value}`}
      onChange={(event) => {
        const chosen = event.currentTarget.value;
        onChange(chosen ? (chosen.slice(1) as Value) : null);
      }}
    />
  );
}

interface TextProps<Value> {
  value: Value | null | undefined;
  error: string | null;
  "data-testid": string;
  onChange: (value: Value | null) => void;
}

function Skip({ value, onChange, ...others }: TextProps<number>) {
  return (
    <TextInput
      {...others}
      label="Lines before the table"
      inputMode="numeric"
      placeholder={FOUND_BY_LAB}
      value={value ?? ""}
      // Text that is no number is what the lab finds and says.
      onChange={({ currentTarget: { value: text } }) =>
        onChange(text.trim() === "" ? null : (parseNumber(text, true) as number))
      }
    />
  );
}

function Missing({ value, onChange, ...others }: TextProps<string[]>) {
  const [text, setText] = useState<string | null>(null);
  return (
    <TextInput
      {...others}
      className={styles.wide}
      label="Cells without a value, beside empty ones"
      placeholder={value ? "" : FOUND_BY_LAB}
      value={text ?? missingText(value)}
      onChange={({ currentTarget: { value: typed } }) => {
        setText(typed);
        onChange(missingIn(typed));
      }}
      onBlur={() => setText(null)}
      spellCheck={false}
    />
  );
}
