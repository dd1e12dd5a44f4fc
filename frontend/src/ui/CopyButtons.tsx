import { Button, Menu } from "@mantine/core";
import { useCommands } from "./commands";
import { useCopy } from "./copying";

interface ButtonProps {
  /** Name of what is copied, as in "Share the set-up". */
  what: "set-up" | "experiment";
  disabled?: boolean;
  size?: "xs" | "compact-xs";
  variant?: "default" | "subtle";
}

interface ShareProps extends ButtonProps {
  /** Makes the link, when the button is pressed. */
  link: () => string | Promise<string>;
  title: string;
}

/** Button that copies a link, also offered in the command palette. */
export function ShareButton({ what, link, title, disabled = false, size = "xs", variant = "default" }: ShareProps) {
  const { copied, copy } = useCopy();
  const share = () => copy("Link", link());
  useCommands(
    disabled ? [] : [{ id: `share:${what}`, title: `Share the ${what}`, summary: title, group: "actions", run: share }],
  );
  return (
    <Button {...{ size, variant, disabled, title }} onClick={share} data-testid={`share:${what}`}>
      {copied ? "Link copied" : "Share"}
    </Button>
  );
}

export interface CopyFormat {
  name: string;
  /** Its name, as in "Copy as Python". */
  title: string;
  text: () => string;
}

interface CopyProps extends ButtonProps {
  formats: readonly CopyFormat[];
}

/** Copies something in one of its formats; these are offered in the command palette, too. */
export function useCopyFormats({ what, formats, disabled = false }: Pick<CopyProps, "what" | "formats" | "disabled">): {
  copied: string | null;
  take: (format: CopyFormat) => void;
} {
  const { copied, copy } = useCopy();
  const take = ({ title, text }: CopyFormat) => copy(title, text());
  useCommands(
    disabled
      ? []
      : formats.map((format) => ({
          id: `copy:${what}:${format.name}`,
          title: `Copy the ${what} as ${format.title}`,
          group: "actions",
          run: () => take(format),
        })),
  );
  return { copied, take };
}

/** Menu of the formats in which something is copied. */
export function CopyMenu({ what, formats, disabled = false, size = "xs", variant = "default" }: CopyProps) {
  const { copied, take } = useCopyFormats({ what, formats, disabled });
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button {...{ size, variant, disabled }} data-testid={`copy:${what}`}>
          {copied ? `${copied} copied` : "Copy as"}
        </Button>
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
