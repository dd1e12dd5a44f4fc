import { UnstyledButton } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { client } from "../../api/client";
import type { UploadedFile } from "../../api/types";
import { queries } from "../../state/queries";
import { announce } from "../../ui/announce";

interface Props {
  file: UploadedFile;
  /** Called when the file is gone. */
  onDeleted: () => void;
}

/** Removes an uploaded file from the lab. One that an experiment uses stays, and the experiment is named. */
export function DeleteFile({ file, onDeleted }: Props) {
  const cache = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => client.DELETE("/api/datasets/files/{file}", { params: { path: { file: file.id } } }),
    onSuccess: () => {
      cache.setQueryData<UploadedFile[]>(queries.files.queryKey, (before = []) =>
        before.filter(({ id }) => id !== file.id),
      );
      announce(`${file.name} is deleted`);
      onDeleted();
    },
  });
  return (
    <div>
      <UnstyledButton
        className="more target"
        disabled={isPending}
        onClick={() => mutate()}
        aria-label={`Delete this file, ${file.name}`}
        data-testid="delete-file"
      >
        Delete this file
      </UnstyledButton>
      {error && (
        <p className="wrong" role="alert" data-testid="delete-refused">
          {error.message}
        </p>
      )}
    </div>
  );
}
