import { ActionIcon } from "@mantine/core";
import { useState } from "react";
import { useCommands } from "./commands";
import { fetchedDialog } from "./fetched";
import { useKey } from "./keys";

const KeysDialog = fetchedDialog(async () => (await import("./KeysDialog")).KeysDialog);
export const loadKeys = KeysDialog.load;

/** Button that opens the list of keys, as `?` does. */
export function KeysButton() {
  const [opened, setOpened] = useState(false);
  const open = () => setOpened(true);
  useKey("help", open);
  useCommands([{ id: "keys", title: "Show the keys", group: "page", key: "help", run: open }]);
  return (
    <>
      <ActionIcon aria-label="Show the keys" title="Keys (?)" onClick={open} data-testid="keys">
        ?
      </ActionIcon>
      <KeysDialog opened={opened} onClose={() => setOpened(false)} />
    </>
  );
}
