import { UnstyledButton } from "@mantine/core";
import { useSelected, useSetup } from "./context";

/** Sentence on what a change replaced beside what was asked for: parts of the draft, or all of it; with the way back. */
export function UndoNotice({ of }: { of: "reset" | "replaced" }) {
  const setup = useSetup();
  const text = useSelected((each) => each[of]?.text ?? null);
  if (text === null) return null;
  return (
    <p className="trap" role="status" data-testid={of}>
      {text}{" "}
      <UnstyledButton
        className="more"
        onClick={of === "reset" ? setup.undoReset : setup.undoReplacement}
        data-testid={`undo-${of}`}
      >
        Undo
      </UnstyledButton>
    </p>
  );
}
