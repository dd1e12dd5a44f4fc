import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Location } from "../../api/problem";
import type { FileView, UploadedFile } from "../../api/types";
import { queries } from "../../state/queries";
import { useValue } from "../context";

/** The file chosen in the field beside `at`. */
export function useFile(at: Location): FileView | undefined {
  const id = useValue([...at.slice(0, -1), "file"]);
  return useQuery(queries.files).data?.find((each) => each.id === id);
}

/** Puts a file that the lab has just taken at the head of the list. */
export function useKeepFile(): (file: UploadedFile) => void {
  const cache = useQueryClient();
  return (file) =>
    cache.setQueryData<UploadedFile[]>(queries.files.queryKey, (before = []) => [
      file,
      ...before.filter(({ id }) => id !== file.id),
    ]);
}
