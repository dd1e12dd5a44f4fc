import { NativeSelect } from "@mantine/core";
import type { ReactNode } from "react";
import type { Location } from "../../api/problem";
import type { UploadedFile } from "../../api/types";
import type { SpecialSpec } from "../../experiment/catalog";
import { getIn, setIn } from "../../experiment/draft";
import { plural } from "../../format";
import { announce } from "../../ui/announce";
import { useProblem, useSetup, useValue } from "../context";
import { Title } from "../fields/Title";
import { placeOf } from "../store";
import { DeleteFile } from "./DeleteFile";
import { UploadBox } from "./UploadBox";
import styles from "./UploadField.module.css";
import { uploads } from "./uploads";
import { useKeepFile } from "./useFile";

interface Props<F extends UploadedFile> {
  at: Location;
  spec: SpecialSpec;
  title: string;
  files: readonly F[];
  /** The files' names in the select, in their order. */
  texts: readonly string[];
  /** Whether a file holds what the field takes. */
  takes: (file: UploadedFile) => file is F;
  /** What to do with one that it doesn't take. */
  elsewhere: string;
  onChoose: (file: F) => void;
  /** What one of a file's rows is called. */
  row: string;
  /** What is uploaded, in the upload's sentence. */
  what: string;
  /** The formats, until a file is chosen. */
  formats: string;
  /** What is said of the chosen file. */
  children: (file: F) => ReactNode;
}

/** A select of uploaded files, what is known of the chosen one, and where to upload others. */
export function UploadField<F extends UploadedFile>({ at, spec, title, files, texts, ...props }: Props<F>) {
  const setup = useSetup();
  const id = useValue(at);
  const problem = useProblem(at);
  const keep = useKeepFile();
  const known = files.find((each) => each.id === id);
  const upload = (chosen: readonly File[]) => {
    // The first that is taken is chosen, unless another data set was chosen meanwhile.
    const source = () => [setup.draft.dataset.kind, getIn(setup.draft, at)].join();
    const before = source();
    uploads.add(chosen, (file) => {
      keep(file);
      if (!props.takes(file)) {
        uploads.refuse(file.name, props.elsewhere);
        return;
      }
      announce(`${file.name} is uploaded: ${plural(file.rows, props.row)}`);
      if (source() === before) props.onChoose(file);
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
            if (chosen) props.onChoose(chosen);
          }}
        />
      )}
      {problem && id && <p className="wrong">{problem}</p>}
      {known && props.children(known)}
      {known && (
        <DeleteFile key={known.id} file={known} onDeleted={() => setup.update((draft) => setIn(draft, at, ""))} />
      )}
      <UploadBox onFiles={upload} what={props.what} hint={known ? null : props.formats} />
    </div>
  );
}
