import { ActionIcon } from "@mantine/core";
import { callFormats } from "../experiment/calls";
import { setupLink } from "../experiment/link";
import { announce } from "../ui/announce";
import { CopyMenu, ShareButton } from "../ui/CopyButtons";
import { useCommands } from "../ui/commands";
import { icons } from "../ui/icons";
import { keyTexts, useKey } from "../ui/keys";
import { useSelected, useSetup } from "./context";
import styles from "./SetupTools.module.css";

/** Undo and redo of the set-up, and what copies it, unless it has problems. */
export function SetupTools() {
  const setup = useSetup();
  const disabled = useSelected(({ problems }) => problems.list.length > 0);
  const canUndo = useSelected((each) => each.canUndo);
  const canRedo = useSelected((each) => each.canRedo);
  const undo = () => {
    if (!setup.canUndo) return;
    setup.undo();
    announce("The last change of the set-up is undone");
  };
  const redo = () => {
    if (!setup.canRedo) return;
    setup.redo();
    announce("The change of the set-up is made again");
  };
  useKey("undo", undo);
  useKey("redo", redo);
  useCommands([
    { id: "undo", title: "Undo", summary: "The last change of the set-up", group: "actions", key: "undo", run: undo },
    { id: "redo", title: "Redo", summary: "What was undone in it", group: "actions", key: "redo", run: redo },
  ]);
  const button = { size: "compact-xs", variant: "subtle", disabled } as const;
  return (
    <div className={styles.tools}>
      <ActionIcon
        aria-label="Undo"
        title={`Undo (${keyTexts("undo").join("+")})`}
        disabled={!canUndo}
        onClick={undo}
        data-testid="undo"
      >
        {icons.undo}
      </ActionIcon>
      <ActionIcon
        aria-label="Redo"
        title={`Redo (${keyTexts("redo").join("+")})`}
        disabled={!canRedo}
        onClick={redo}
        data-testid="redo"
      >
        {icons.redo}
      </ActionIcon>
      <ShareButton
        what="set-up"
        title="Copies a link that opens the Lab with this set-up"
        link={() => setupLink(setup.draft, window.location.origin)}
        {...button}
      />
      <CopyMenu what="set-up" formats={callFormats(() => setup.draft, window.location.origin)} {...button} />
    </div>
  );
}
