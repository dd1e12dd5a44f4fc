import { UnstyledButton } from "@mantine/core";
import { useRef, useState } from "react";
import type { Location } from "../../api/problem";
import type { FileView } from "../../api/types";
import { plural } from "../../format";
import { announce } from "../../ui/announce";
import { useSetup } from "../context";
import { withReread } from "./columns";
import { ReadingForm } from "./ReadingForm";
import styles from "./ReadingNote.module.css";
import { readingText } from "./reading";
import { useKeepFile } from "./useFile";

/** Notes that are shown to begin with. */
const FEW = 3;

/** How a file was read, what the lab notes of that, and how to correct it. */
export function ReadingNote({ at, file }: { at: Location; file: FileView }) {
  const setup = useSetup();
  const keep = useKeepFile();
  const [opened, setOpened] = useState(false);
  const [all, setAll] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const { notes } = file;
  const close = () => {
    setOpened(false);
    opener.current?.focus();
  };
  const take = (reread: FileView) => {
    keep(reread);
    announce(`${readingText(reread)}: ${plural(reread.rows, "row")}`);
    setup.update((draft) => withReread(draft, at, reread, file));
    close();
  };
  return (
    <div className={styles.note} data-testid="reading">
      <p className="hint">
        {readingText(file)}.{" "}
        <UnstyledButton
          ref={opener}
          className="more"
          aria-expanded={opened}
          data-testid="correct"
          onClick={() => setOpened(!opened)}
        >
          Correct this
        </UnstyledButton>
      </p>
      {(all ? notes : notes.slice(0, FEW)).map((note) => (
        <p key={note} className="hint" data-testid="reading-note">
          {note}.
        </p>
      ))}
      {notes.length > FEW && (
        <UnstyledButton className="more target" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Fewer notes" : plural(notes.length - FEW, "more note")}
        </UnstyledButton>
      )}
      {opened && <ReadingForm key={file.id} file={file} onRead={take} onClose={close} />}
    </div>
  );
}
