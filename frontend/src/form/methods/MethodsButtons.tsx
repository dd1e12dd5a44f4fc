import { Button, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { useCommands } from "../../ui/commands";
import { fetchedDialog } from "../../ui/fetched";

const MethodsDialog = fetchedDialog(async () => (await import("./MethodsDialog")).MethodsDialog);
export const loadMethods = MethodsDialog.load;

const TITLE = "Compare methods on your data";

/** Opens the dialog from the arms' card. */
export function MethodsLink() {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <UnstyledButton className="more target" onClick={() => setOpened(true)} data-testid="methods-link">
        {TITLE}…
      </UnstyledButton>
      <MethodsDialog title={TITLE} opened={opened} onClose={() => setOpened(false)} />
    </>
  );
}

/** Opens the dialog from what there is to try, and from the command palette. */
export function MethodsChip() {
  const [opened, setOpened] = useState(false);
  useCommands([
    {
      id: "methods",
      title: TITLE,
      summary: "Each tried with several values, judged on sealed rows",
      group: "actions",
      run: () => setOpened(true),
    },
  ]);
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        title={`${TITLE}: each tried with several values, judged on sealed rows`}
        onClick={() => setOpened(true)}
        data-testid="try:methods"
      >
        Compare methods
      </Button>
      <MethodsDialog title={TITLE} opened={opened} onClose={() => setOpened(false)} />
    </>
  );
}
