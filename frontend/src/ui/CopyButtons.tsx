import { Button } from "@mantine/core";
import { Suspense, useEffect, useState } from "react";
import styles from "./CopyButtons.module.css";
import { useCommands } from "./commands";
import { type CopyFormat, isOnlyHere, useCopy } from "./copying";
import { fetched } from "./fetched";
import { ViewBoundary } from "./ViewBoundary";

interface ButtonProps {
  /** Name of what is copied, as in "Share the set-up". */
  what: "set-up" | "experiment";
  disabled?: boolean;
  size?: "xs" | "compact-xs";
  variant?: "default" | "subtle";
}

const FormatsMenu = fetched(async () => (await import("./FormatsMenu")).FormatsMenu);
export const loadFormats = FormatsMenu.load;

const NOTED_MS = 8_000;

interface ShareProps extends ButtonProps {
  /** Makes the link, when the button is pressed. */
  link: () => string | Promise<string>;
  title: string;
}

/** Button that copies a link, also offered in the command palette. */
export function ShareButton({ what, link, title, disabled = false, size = "xs", variant = "default" }: ShareProps) {
  const { copied, copy } = useCopy();
  // Seen for as long as it takes to read it.
  const [noted, setNoted] = useState(false);
  useEffect(() => {
    if (!noted) return;
    const timer = setTimeout(() => setNoted(false), NOTED_MS);
    return () => clearTimeout(timer);
  }, [noted]);
  const share = () => {
    copy("Link", link());
    setNoted(isOnlyHere(window.location.hostname));
  };
  useCommands(
    disabled ? [] : [{ id: `share:${what}`, title: `Share the ${what}`, summary: title, group: "actions", run: share }],
  );
  const host = window.location.hostname;
  return (
    <span className={styles.share}>
      <Button {...{ size, variant, disabled, title }} onClick={share} data-testid={`share:${what}`}>
        {copied ? "Link copied" : "Share"}
      </Button>
      {noted && (
        <span className={styles.note} role="status" data-testid="only-here">
          It opens on this machine only: {host} is another one elsewhere.
        </span>
      )}
    </span>
  );
}

export interface CopyProps extends ButtonProps {
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

/** Button that opens the menu of the formats in which something is copied. */
export function CopyMenu({ what, formats, disabled = false, size = "xs", variant = "default" }: CopyProps) {
  const { copied, take } = useCopyFormats({ what, formats, disabled });
  const [wanted, setWanted] = useState(false);
  const button = {
    ...{ size, variant, disabled },
    children: copied ? `${copied} copied` : "Copy as",
    "data-testid": `copy:${what}`,
  };
  const closed = <Button {...button} aria-haspopup="menu" aria-expanded={false} onClick={() => setWanted(true)} />;
  if (!wanted) return closed;
  return (
    <ViewBoundary>
      <Suspense fallback={closed}>
        <FormatsMenu {...{ what, formats, button, take }} />
      </Suspense>
    </ViewBoundary>
  );
}
