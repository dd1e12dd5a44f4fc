import { TextInput, UnstyledButton } from "@mantine/core";
import { type KeyboardEvent, type ReactNode, useState } from "react";
import type { Json } from "../../api/catalog";
import type { Location } from "../../api/problem";
import type { NumberSpec } from "../../experiment/catalog";
import { plain } from "../../experiment/phrases";
import { icons } from "../../ui/icons";
import { placeOf } from "../store";
import styles from "./NumberField.module.css";
import { parseNumber } from "./parseNumber";
import { stepped } from "./step";

interface Props {
  at: Location;
  spec: NumberSpec;
  title: string;
  value: Json | undefined;
  error: string | null;
  label: ReactNode;
  /** What is meant where it is left out. */
  placeholder?: string;
  onChange: (value: Json) => void;
}

/** A number that can be typed (1e-3 is fine) or stepped with the arrow keys and buttons. */
export function NumberField({ at, spec, title, value, error, label, placeholder = "none", onChange }: Props) {
  const [text, setText] = useState<string | null>(null);
  const step = (up: boolean) => {
    setText(null);
    const from = spec.default ?? spec.above ?? spec.min;
    onChange(stepped(spec, typeof value === "number" ? value : typeof from === "number" ? from : 0, up));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    step(event.key === "ArrowUp");
  };
  const min = spec.min ?? spec.above;
  const max = spec.max ?? spec.below;
  return (
    <TextInput
      className={styles.number}
      label={label}
      aria-label={title}
      placeholder={spec.nullable ? placeholder : undefined}
      error={error}
      value={text ?? plain(value)}
      onChange={(event) => {
        const written = event.currentTarget.value;
        setText(written);
        onChange(spec.nullable && written.trim() === "" ? null : parseNumber(written, spec.integer));
      }}
      onBlur={() => setText(null)}
      onKeyDown={onKeyDown}
      inputMode="decimal"
      role="spinbutton"
      aria-description={spec.description}
      {...(typeof value === "number" ? { "aria-valuenow": value } : {})}
      {...(min === undefined ? {} : { "aria-valuemin": min })}
      {...(max === undefined ? {} : { "aria-valuemax": max })}
      data-place={placeOf(at)}
      data-testid={`field:${placeOf(at)}`}
      autoComplete="off"
      spellCheck={false}
      rightSectionWidth="var(--steppers)"
      rightSectionPointerEvents="all"
      rightSection={
        <span className={styles.steppers}>
          <UnstyledButton tabIndex={-1} aria-label={`Increase ${title.toLowerCase()}`} onClick={() => step(true)}>
            {icons.up}
          </UnstyledButton>
          <UnstyledButton tabIndex={-1} aria-label={`Decrease ${title.toLowerCase()}`} onClick={() => step(false)}>
            {icons.down}
          </UnstyledButton>
        </span>
      }
    />
  );
}
