import { ActionIcon, Button, FileButton } from "@mantine/core";
import { useCallback, useRef, useSyncExternalStore } from "react";
import { bytes } from "../../format";
import { icons } from "../../ui/icons";
import styles from "./UploadBox.module.css";
import { type Upload, uploads } from "./uploads";
import { useFileDrop } from "./useFileDrop";

interface Props {
  onFiles: (files: readonly File[]) => void;
  /** The files: "a table". */
  what: string;
  /** What is taken, where that is to be said. */
  hint: string | null;
}

/** A button to upload files, on which they can be dropped too, and those on their way. */
export function UploadBox({ onFiles, what, hint }: Props) {
  const list = useSyncExternalStore(uploads.subscribe, () => uploads.list);
  const box = useRef<HTMLDivElement>(null);
  const clear = useRef<() => void>(null);
  const latest = useRef(onFiles);
  latest.current = onFiles;
  const take = useCallback((data: DataTransfer) => {
    const { files, folders } = dropped(data);
    if (files.length) latest.current(files);
    for (const name of folders) uploads.refuse(name, "This is a folder: drop the files in it, or pictures as a zip");
  }, []);
  const dragged = useFileDrop(box, take);
  return (
    <div ref={box} className={styles.box} data-dragged={dragged ?? undefined} data-testid="drop">
      <div className={styles.line}>
        <FileButton
          multiple
          resetRef={clear}
          onChange={(files) => {
            if (files.length) onFiles(files);
            clear.current?.(); // so that the same file can be chosen again, once it is mended
          }}
        >
          {(props) => (
            <Button {...props} variant="default" size="xs" data-testid="upload">
              Upload {what}
            </Button>
          )}
        </FileButton>
        <span className="hint">{dragged ? "Drop it here" : "or drop it here"}</span>
      </div>
      {list.length > 0 && (
        <ul className={styles.list}>
          {list.map((each) => (
            <UploadRow key={each.id} upload={each} />
          ))}
        </ul>
      )}
      {hint && <p className="hint">{hint}</p>}
    </div>
  );
}

/** Files that were dropped, and the names of the folders, which can't be read. */
function dropped({ items, files }: DataTransfer): { files: File[]; folders: string[] } {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const folders = entries.filter((entry) => entry.isDirectory).map(({ name }) => name);
  return { files: [...files].filter(({ name }) => !folders.includes(name)), folders };
}

function UploadRow({ upload: { id, name, size, sent, refusal } }: { upload: Upload }) {
  if (refusal) {
    return (
      <li className={styles.upload} data-testid="upload-refused">
        <div className="wrong" role="alert">
          <p>{name} can’t be used:</p>
          <ul>
            {refusal.map((message) => (
              <li key={message}>{message}</li>
            ))}
          </ul>
        </div>
        <ActionIcon aria-label={`Dismiss what is said of ${name}`} onClick={() => uploads.remove(id)}>
          {icons.remove}
        </ActionIcon>
      </li>
    );
  }
  const isRead = sent >= size;
  return (
    <li className={styles.upload} data-testid="uploading">
      <div>
        <span className={styles.name}>{name}</span>{" "}
        <span className="hint">{isRead ? "being read …" : `${bytes(sent)} of ${bytes(size)}`}</span>
        <progress aria-label={`Upload of ${name}`} max={size || 1} {...(isRead ? {} : { value: sent })} />
      </div>
      <Button
        variant="subtle"
        size="compact-xs"
        aria-label={`Cancel the upload of ${name}`}
        onClick={() => uploads.remove(id)}
      >
        Cancel
      </Button>
    </li>
  );
}
