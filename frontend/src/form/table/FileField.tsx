import { useQuery } from "@tanstack/react-query";
import type { Location } from "../../api/problem";
import { isTable } from "../../api/types";
import type { SpecialSpec } from "../../experiment/catalog";
import type { Draft } from "../../experiment/draft";
import { queries } from "../../state/queries";
import { useSetup } from "../context";
import { withFile } from "./columns";
import { ReadingNote } from "./ReadingNote";
import { fileTexts } from "./reading";
import { UploadField } from "./UploadField";

interface Props {
  at: Location;
  spec: SpecialSpec;
  title: string;
  /** Makes the change of the draft that sets a file; by default the set-up's own `chooseSource`. */
  update?: (change: (draft: Draft) => Draft) => void;
}

/** A select of the uploaded tables, with how the chosen one was read. */
export function FileField({ at, spec, title, update }: Props) {
  const setup = useSetup();
  const { data: files = [] } = useQuery(queries.files);
  return (
    <UploadField
      {...{ at, spec, title, files }}
      texts={fileTexts(files)}
      takes={isTable}
      elsewhere="It holds arrays or pictures: choose the data set of these, where it is listed"
      onChoose={(file) => (update ?? setup.chooseSource)((draft) => withFile(draft, at, file))}
      row="row"
      what="a table"
      formats="CSV and other delimited text, Excel (.xlsx), OpenDocument (.ods), Parquet, Feather, JSON or ARFF, compressed or not. Files stay on the lab’s machine."
    >
      {(file) => <ReadingNote at={at} file={file} />}
    </UploadField>
  );
}
