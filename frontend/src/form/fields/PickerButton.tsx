import { Button, type ButtonProps } from "@mantine/core";
import type { ComponentProps, ReactNode } from "react";
import { icons } from "../../ui/icons";
import type { Choice } from "../../ui/ranked";

interface Look {
  plus?: boolean | undefined;
  variant?: "subtle" | "default" | undefined;
  testId?: string | undefined;
  /** Label of the button. */
  children: ReactNode;
}

export interface PickerProps extends Look {
  /** Gives the choices when the picker is opened. */
  choices: () => readonly Choice[];
  onChoose: (value: string) => void;
  /** Plural of the choices: "layers". */
  what: string;
  width?: number;
}

type Props = Look & Omit<ComponentProps<"button">, keyof ButtonProps>;

/** The button that opens a picker. */
export function PickerButton({ plus = false, variant = "subtle", testId, ...others }: Props) {
  return (
    <Button
      variant={variant}
      size={variant === "subtle" ? "compact-xs" : "xs"}
      mih={24}
      leftSection={plus ? icons.add : undefined}
      data-testid={testId}
      {...others}
    />
  );
}
