import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Location } from "../../api/problem";
import { type ArraysFile, isTable } from "../../api/types";
import type { SpecialSpec } from "../../experiment/catalog";
import { type Draft, getIn, setIn } from "../../experiment/draft";
import { count, plural } from "../../format";
import { queries } from "../../state/queries";
import { announce } from "../../ui/announce";
import { useProblem, useSetup, useValue } from "../context";
import { BY_COLUMN } from "../edits";
import { placeOf } from "../store";
import { DeleteFile } from "../table/DeleteFile";
import { toldApart } from "../table/toldApart";
import { UploadBox } from "../table/UploadBox";
import { uploads } from "../table/uploads";
import { useKeepFile } from "../table/useFile";
import styles from "./ArraysField.module.css";
import { Title } from "./Title";

const TAKEN =
  "An .npz file with x and y, or a zip of folders of PNG or JPEG pictures, a folder a class. Files stay on the lab’s machine.";

interface Props {
  at: Location;
  spec: SpecialSpec;
  title: string;
}

/** The draft with `file` at `at`, its rows split as the file splits them itself, or by its groups. */
export function withArrays(draft: Draft, at: Location, file: ArraysFile): Draft {
  const chosen = setIn(draft, at, file.id);
  const { train, validation, test } = file.sets;
  const { by = null, column = null } = draft.split;
  const isCut = BY_COLUMN.includes(by) && !file.columns.some(({ name }) => name === column);
  const rows = isCut ? { by: "rows", column: null } : {};
  const own = train
    ? { by: "rows", column: null, train, validation: (test && validation) || null, shuffle: false }
    : file.group_column
      ? { by: "group", column: file.group_column }
      : rows;
  return { ...chosen, split: { ...chosen.split, ...own } };
}

/** "1,000 examples of 28 × 28 × 1, 10 classes". */
export function arraysText(file: ArraysFile): string {
  const classes = file.target_type === "category" ? `, ${count(file.distinct)} classes` : "";
  return `${count(file.rows)} examples of ${file.shape.map(count).join(" × ")}${classes}`;
}

/** A select of the uploaded arrays and pictures, and where to upload others. */
export function ArraysField({ at, spec, title }: Props) {
  const setup = useSetup();
  const { data: files = [] } = useQuery(queries.arrayFiles);
  const id = useValue(at);
  const problem = useProblem(at);
  const keep = useKeepFile();
  const choose = (file: ArraysFile) => setup.chooseSource((draft) => withArrays(draft, at, file));
  const upload = (chosen: readonly File[]) => {
    // The first that is taken is chosen, unless another data set was chosen meanwhile.
    const source = () => [setup.draft.dataset.kind, getIn(setup.draft, at)].join();
    const before = source();
    uploads.add(chosen, (file) => {
      keep(file);
      if (isTable(file)) {
        uploads.refuse(file.name, "It holds a table: choose “Your own table”, where it is listed");
        return;
      }
      announce(`${file.name} is uploaded: ${plural(file.rows, "example")}`);
      if (source() === before) choose(file);
    });
  };
  const known = files.find((each) => each.id === id);
  const names = toldApart(
    files.map((each) => each.name),
    files,
  );

  return (
    <div className={styles.file} data-place={placeOf(at)} tabIndex={-1}>
      {files.length > 0 && (
        <NativeSelect
          aria-label={title}
          data-testid={`field:${placeOf(at)}`}
          label={<Title title={title} description={spec.description} />}
          data={[
            ...(known ? [] : [{ value: "", label: "choose a file" }]),
            ...files.map((each, index) => ({ value: each.id, label: names[index] ?? each.name })),
          ]}
          value={known?.id ?? ""}
          onChange={(event) => {
            const chosen = files.find((each) => each.id === event.currentTarget.value);
            if (chosen) choose(chosen);
          }}
        />
      )}
      {problem && id && <p className="wrong">{problem}</p>}
      {known && (
        <div className="hint" data-testid="arrays-notes">
          <p>{arraysText(known)}</p>
          {known.notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </div>
      )}
      {known && (
        <DeleteFile key={known.id} file={known} onDeleted={() => setup.update((draft) => setIn(draft, at, ""))} />
      )}
      <UploadBox onFiles={upload} what="arrays or pictures" hint={known ? null : TAKEN} />
    </div>
  );
}
