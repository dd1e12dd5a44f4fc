import { TextInput, UnstyledButton } from "@mantine/core";
import { type KeyboardEvent, type ReactNode, useState } from "react";
import type { Location } from "../api/problem";
import { icons } from "../icons";
import { type Json, type NumberSpec, plain } from "./catalog";
import { placeOf } from "./context";
import { stepped } from "./step";

interface Props {
  at: Location;
  spec: NumberSpec;
  value: Json | undefined;
  error: string | null;
  label: ReactNode;
  onChange: (value: Json) => void;
}

/** What was typed, as a number where it is one; the form says what is wrong with it otherwise. */
export function typed(text: string): Json {
  const number = Number(text.trim().replace(",", "."));
  return text.trim() === "" || Number.isNaN(number) ? text : number;
}

/** A number that can be typed (1e-3 is fine) or stepped with the arrow keys and buttons. */
export function NumberField({ at, spec, value, error, label, onChange }: Props) {
  const [text, setText] = useState<string | null>(null);
  const step = (up: boolean) => {
    setText(null);
    onChange(stepped(spec, typeof value === "number" ? value : Number(spec.default ?? 0), up));
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
      className="number"
      label={label}
      aria-label={spec.title}
      error={error}
      value={text ?? plain(value)}
      onChange={(event) => {
        setText(event.currentTarget.value);
        onChange(typed(event.currentTarget.value));
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
      rightSectionWidth={22}
      rightSectionPointerEvents="all"
      rightSection={
        <span className="steppers">
          <UnstyledButton tabIndex={-1} aria-label={`More ${spec.title.toLowerCase()}`} onClick={() => step(true)}>
            {icons.up}
          </UnstyledButton>
          <UnstyledButton tabIndex={-1} aria-label={`Less ${spec.title.toLowerCase()}`} onClick={() => step(false)}>
            {icons.down}
          </UnstyledButton>
        </span>
      }
    />
  );
}
