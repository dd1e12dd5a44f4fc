import { Button, UnstyledButton } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { client } from "../../api/client";
import type { UploadedFile } from "../../api/types";
import { queries } from "../../state/queries";
import { announce } from "../../ui/announce";
import styles from "./DeleteFile.module.css";

interface Props {
  file: UploadedFile;
  /** Called when the file is gone. */
  onDeleted: () => void;
}

/** Removes an uploaded file from the lab, once that is confirmed in the button's place. One that an experiment uses stays, and the experiment is named. */
export function DeleteFile({ file, onDeleted }: Props) {
  const cache = useQueryClient();
  const [asking, setAsking] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const keep = useRef<HTMLButtonElement>(null);
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: () => client.DELETE("/api/datasets/files/{file}", { params: { path: { file: file.id } } }),
    onSuccess: () => {
      cache.setQueryData<UploadedFile[]>(queries.files.queryKey, (before = []) =>
        before.filter(({ id }) => id !== file.id),
      );
      announce(`${file.name} is deleted`);
      onDeleted();
    },
  });
  useEffect(() => {
    if (asking) keep.current?.focus();
  }, [asking]);
  const leave = () => {
    reset();
    setAsking(false);
    // The button is there again after rendering.
    requestAnimationFrame(() => opener.current?.focus());
  };
  if (!asking) {
    return (
      <UnstyledButton
        ref={opener}
        className="more target"
        onClick={() => setAsking(true)}
        aria-label={`Delete this file, ${file.name}`}
        data-testid="delete-file"
      >
        Delete this file
      </UnstyledButton>
    );
  }
  return (
    <fieldset className={styles.question} aria-label={`Delete ${file.name}?`} data-testid="delete-question">
      <p>Delete {file.name}? It is removed from the lab for good.</p>
      {error && (
        <p className="wrong" role="alert" data-testid="delete-refused">
          {error.message}
        </p>
      )}
      <div className={styles.choices}>
        <Button ref={keep} size="compact-xs" variant="default" onClick={leave}>
          Keep
        </Button>
        <Button
          size="compact-xs"
          color="red.9"
          loading={isPending}
          onClick={() => mutate()}
          data-testid="confirm-delete-file"
        >
          Delete
        </Button>
      </div>
    </fieldset>
  );
}
