import { Button, type ButtonProps, Menu } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { CopyFormat } from "./copying";

interface Props {
  what: string;
  formats: readonly CopyFormat[];
  /** The button that opens it. */
  button: ButtonProps;
  take: (format: CopyFormat) => void;
}

/** Menu of formats, open from the start. */
export function FormatsMenu({ what, formats, button, take }: Props) {
  const [opened, setOpened] = useState(false);
  const target = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // It stands for the button that was pressed, and gets the focus back when it is closed.
    target.current?.focus({ preventScroll: true });
    setOpened(true);
  }, []);
  return (
    <Menu position="bottom-end" withinPortal opened={opened} onChange={setOpened}>
      <Menu.Target>
        <Button ref={target} {...button} />
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map((format) => (
          <Menu.Item key={format.name} onClick={() => take(format)} data-testid={`copy:${what}:${format.name}`}>
            {format.title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
