import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Location } from "../../api/problem";
import { type FileView, isTable } from "../../api/types";
import type { SpecialSpec } from "../../experiment/catalog";
import { type Draft, getIn, setIn } from "../../experiment/draft";
import { plural } from "../../format";
import { queries } from "../../state/queries";
import { announce } from "../../ui/announce";
import { useProblem, useSetup, useValue } from "../context";
import { Title } from "../fields/Title";
import { placeOf } from "../store";
import { withFile } from "./columns";
import { DeleteFile } from "./DeleteFile";
import styles from "./FileField.module.css";
import { ReadingNote } from "./ReadingNote";
import { fileTexts } from "./reading";
import { UploadBox } from "./UploadBox";
import { uploads } from "./uploads";
import { useKeepFile } from "./useFile";

const TAKEN =
  "CSV and other delimited text, Excel (.xlsx), OpenDocument (.ods), Parquet, Feather, JSON or ARFF, compressed or not. Files stay on the lab’s machine.";

interface Props {
  at: Location;
  spec: SpecialSpec;
  title: string;
  /** Makes the change of the draft that sets a file; by default the set-up's own `chooseSource`. */
  update?: (change: (draft: Draft) => Draft) => void;
}

/** A select of the uploaded files, with how the chosen one was read, and where to upload others. */
export function FileField({ at, spec, title, update }: Props) {
  const setup = useSetup();
  const { data: files = [] } = useQuery(queries.files);
  const id = useValue(at);
  const problem = useProblem(at);
  const keep = useKeepFile();
  const known = files.find((each) => each.id === id);
  const texts = fileTexts(files);
  const choose = (file: FileView) => (update ?? setup.chooseSource)((draft) => withFile(draft, at, file));
  const upload = (chosen: readonly File[]) => {
    // The first that is taken is chosen, unless another data set was chosen meanwhile.
    const source = () => [setup.draft.dataset.kind, getIn(setup.draft, at)].join();
    const before = source();
    uploads.add(chosen, (file) => {
      keep(file);
      if (!isTable(file)) {
        uploads.refuse(file.name, "It holds arrays or pictures: choose the data set of these, where it is listed");
        return;
      }
      announce(`${file.name} is uploaded: ${plural(file.rows, "row")}`);
      if (source() === before) choose(file);
    });
  };

  return (
    <div className={styles.file} data-place={placeOf(at)} tabIndex={-1}>
      {files.length > 0 && (
        <NativeSelect
          aria-label={title}
          data-testid={`field:${placeOf(at)}`}
          label={<Title title={title} description={spec.description} />}
          data={[
            ...(known ? [] : [{ value: "", label: "choose a file" }]),
            ...files.map((each, index) => ({ value: each.id, label: texts[index] ?? each.name })),
          ]}
          value={known?.id ?? ""}
          onChange={(event) => {
            const chosen = files.find((each) => each.id === event.currentTarget.value);
            if (chosen) choose(chosen);
          }}
        />
      )}
      {problem && id && <p className="wrong">{problem}</p>}
      {known && <ReadingNote at={at} file={known} />}
      {known && (
        <DeleteFile key={known.id} file={known} onDeleted={() => setup.update((draft) => setIn(draft, at, ""))} />
      )}
      <UploadBox onFiles={upload} what="a table" hint={known ? null : TAKEN} />
    </div>
  );
}
