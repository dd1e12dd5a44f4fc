import { useQuery } from "@tanstack/react-query";
import type { Location } from "../../api/problem";
import { type ArraysFile, isTable, type UploadedFile } from "../../api/types";
import type { SpecialSpec } from "../../experiment/catalog";
import { type Draft, setIn } from "../../experiment/draft";
import { count } from "../../format";
import { queries } from "../../state/queries";
import { useSetup } from "../context";
import { BY_COLUMN } from "../edits";
import { namedAfter } from "../table/columns";
import { toldApart } from "../table/toldApart";
import { UploadField } from "../table/UploadField";

interface Props {
  at: Location;
  spec: SpecialSpec;
  title: string;
}

/**
 * The draft with `file` at `at`, its rows split as the file splits them itself, or by its groups, and its features
 * standardised where they need it.
 */
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
  return namedAfter({ ...chosen, split: { ...chosen.split, ...own, standardize: file.far_features } }, file.name);
}

/** "1,000 examples of 28 × 28 × 1, 10 classes". */
export function arraysText(file: ArraysFile): string {
  const classes = file.target_type === "category" ? `, ${count(file.distinct)} classes` : "";
  return `${count(file.rows)} examples of ${file.shape.map(count).join(" × ")}${classes}`;
}

const holdsArrays = (file: UploadedFile): file is ArraysFile => !isTable(file);

/** A select of the uploaded arrays and pictures, with what the chosen file holds. */
export function ArraysField({ at, spec, title }: Props) {
  const setup = useSetup();
  const { data: files = [] } = useQuery(queries.arrayFiles);
  return (
    <UploadField
      {...{ at, spec, title, files }}
      texts={toldApart(
        files.map((each) => each.name),
        files,
      )}
      takes={holdsArrays}
      elsewhere="It holds a table: choose “Your own table”, where it is listed"
      onChoose={(file) => setup.chooseSource((draft) => withArrays(draft, at, file))}
      row="example"
      what="arrays or pictures"
      formats="An .npz file with x and y, or a zip of folders of PNG or JPEG pictures, a folder a class. Files stay on the lab’s machine."
    >
      {(file) => (
        <div className="hint" data-testid="arrays-notes">
          <p>{arraysText(file)}</p>
          {file.far_features && <p>Its values lie far from 1, so standardising is proposed</p>}
          {file.notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </div>
      )}
    </UploadField>
  );
}
