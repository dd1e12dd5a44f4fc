import { TextInput } from "@mantine/core";
import { type KeyboardEvent, type ReactNode, useState } from "react";
import type { Json } from "../../api/catalog";
import type { Location } from "../../api/problem";
import type { NumbersSpec } from "../../experiment/catalog";
import { plain } from "../../experiment/phrases";
import { placeOf } from "../store";
import numberStyles from "./NumberField.module.css";
import { parseNumbers } from "./parseNumber";

interface Props {
  at: Location;
  spec: NumbersSpec;
  title: string;
  value: Json | undefined;
  error: string | null;
  label: ReactNode;
  onChange: (value: Json) => void;
}

/** Numbers in a row, as in "3, 3"; the arrow keys step all of them. */
export function NumbersField({ at, spec, title, value, error, label, onChange }: Props) {
  const [text, setText] = useState<string | null>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const step = (each: Json) =>
      typeof each === "number"
        ? Math.min(spec.max ?? Number.POSITIVE_INFINITY, Math.max(spec.min ?? Number.NEGATIVE_INFINITY, each + by))
        : each;
    setText(null);
    onChange(Array.isArray(value) ? value.map(step) : step(value ?? null));
  };
  return (
    <TextInput
      className={numberStyles.number}
      label={label}
      aria-label={title}
      aria-description={spec.description}
      error={error}
      placeholder={spec.nullable ? "none" : spec.single ? "3 or 3, 3" : "3, 3"}
      value={text ?? plain(value)}
      onChange={(event) => {
        const written = event.currentTarget.value;
        setText(written);
        onChange(spec.nullable && written.trim() === "" ? null : parseNumbers(written, spec.single));
      }}
      onBlur={() => setText(null)}
      onKeyDown={onKeyDown}
      data-place={placeOf(at)}
      data-testid={`field:${placeOf(at)}`}
      autoComplete="off"
      spellCheck={false}
    />
  );
}
