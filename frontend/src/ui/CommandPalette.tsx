import { useState } from "react";
import { fetchedDialog } from "./fetched";
import { useKey } from "./keys";

const CommandDialog = fetchedDialog(async () => (await import("./CommandDialog")).CommandDialog);
export const loadCommands = CommandDialog.load;

/** The command palette, opened by its key. */
export function CommandPalette() {
  const [opened, setOpened] = useState(false);
  useKey("palette", () => setOpened(true));
  return <CommandDialog opened={opened} onClose={() => setOpened(false)} />;
}
