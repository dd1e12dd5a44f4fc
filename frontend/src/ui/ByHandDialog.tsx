import { Modal, Textarea } from "@mantine/core";
import type { ByHand } from "./copying";

interface Props {
  opened: boolean;
  offered: ByHand | null;
  onClose: () => void;
}

/** Shows a text, selected, so that it is copied by hand. */
export function ByHandDialog({ opened, offered, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Copy it by hand" size="lg">
      {offered && (
        <Textarea
          label={offered.what}
          description="This browser lets a page copy only where it came by HTTPS. Press Ctrl+C, or ⌘C on a Mac"
          value={offered.text}
          readOnly
          autosize
          maxRows={16}
          data-autofocus
          onFocus={(event) => event.currentTarget.select()}
          styles={{ input: { fontFamily: "monospace", fontSize: 12 } }}
          data-testid="by-hand"
        />
      )}
    </Modal>
  );
}
