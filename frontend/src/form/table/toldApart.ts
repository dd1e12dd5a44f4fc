import type { UploadedFile } from "../../api/types";
import { moment } from "../../format";

/** `texts` of `files`; where several are the same, with the time of the upload, and after that with the content's hash. */
export function toldApart(texts: readonly string[], files: readonly UploadedFile[]): string[] {
  const details = [
    (file: UploadedFile) => `uploaded ${moment(file.uploaded_at)}`,
    ({ id }: UploadedFile) => id.slice(0, 8),
  ];
  return details.reduce<readonly string[]>(
    (told, detail) =>
      told.map((text, index) => {
        const file = files[index];
        return file && told.filter((each) => each === text).length > 1 ? `${text}, ${detail(file)}` : text;
      }),
    texts,
  ) as string[];
}
