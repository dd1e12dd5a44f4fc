import { Button } from "@mantine/core";
import { useState } from "react";
import type { Preview } from "../api/types";
import { fetchedDialog } from "../ui/fetched";

const SuiteDialog = fetchedDialog(async () => (await import("./SuiteDialog")).SuiteDialog);
export const loadSuite = SuiteDialog.load;

interface Props {
  /** Preview of the draft's data set. */
  preview: Preview | null;
  disabled: boolean;
  /** Called with the id of the suite that was posted. */
  onPosted: (id: string) => void;
}

/** Opens the choice of data sets on which the arms of the draft are compared. */
export function SuiteButton({ preview, disabled, onPosted }: Props) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button
        size="compact-xs"
        variant="subtle"
        disabled={disabled}
        onClick={() => setOpened(true)}
        data-testid="suite"
      >
        On several data sets…
      </Button>
      <SuiteDialog {...{ preview, onPosted, opened }} onClose={() => setOpened(false)} />
    </>
  );
}
