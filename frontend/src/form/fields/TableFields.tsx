import { Button, Checkbox, FileButton, NativeSelect, UnstyledButton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Json } from "../../api/catalog";
import { client, payload } from "../../api/client";
import type { Location } from "../../api/problem";
import { ApiError, type Problem } from "../../api/problem";
import type { FileView } from "../../api/types";
import type { SpecialSpec } from "../../experiment/catalog";
import { type Draft, setIn } from "../../experiment/draft";
import { count } from "../../format";
import { queries } from "../../state/queries";
import { useProblem, useSelected, useSetup, useValue } from "../context";
import { placeOf, type Setup } from "../store";
import fieldStyles from "./Field.module.css";
import styles from "./TableFields.module.css";
import { Title } from "./Title";

interface Props {
  at: Location;
  spec: SpecialSpec;
  title: string;
}

/** The file chosen in the field beside `at`. */
function useFile(at: Location): FileView | undefined {
  const id = useValue([...at.slice(0, -1), "file"]);
  return useQuery(queries.files).data?.find((each) => each.id === id);
}

/** Uploads the bytes of `file` unparsed: the lab checks them. */
function upload(file: File): Promise<FileView> {
  const request = { body: "", bodySerializer: () => file, headers: { "Content-Type": "text/csv" } };
  return payload(client.POST("/api/datasets/files", { ...request, params: { query: { name: file.name } } }));
}

/** Sets the file, with its last column as the target and all others as features. */
function choose(setup: Setup, at: Location, file: FileView, begin: (draft: Draft) => Draft): void {
  const around = at.slice(0, -1);
  setup.update((draft) => {
    const changed = setIn(begin(draft), at, file.id);
    const target = setIn(changed, [...around, "target"], file.columns.at(-1)?.name ?? "");
    return setIn(target, [...around, "features"], null);
  });
}

interface FileProps extends Props {
  /** Changes the draft before a file is set in it. */
  begin?: (draft: Draft) => Draft;
}

/** A select of the uploaded files, with a button to upload another. */
export function FileField({ at, spec, title, begin = (draft) => draft }: FileProps) {
  const setup = useSetup();
  const { data: files = [] } = useQuery(queries.files);
  const id = useValue(at);
  const problem = useProblem(at);
  const cache = useQueryClient();
  const { mutate, isPending, error, variables } = useMutation({
    mutationFn: upload,
    onSuccess: (uploaded) => {
      cache.setQueryData(queries.files.queryKey, (before = []) => [
        uploaded,
        ...before.filter(({ id }) => id !== uploaded.id),
      ]);
      choose(setup, at, uploaded, begin);
    },
  });
  const known = files.find((each) => each.id === id);

  return (
    <div className={styles.file} data-place={placeOf(at)} tabIndex={-1}>
      <div className={styles.line}>
        {files.length > 0 && (
          <NativeSelect
            aria-label={title}
            data-testid={`field:${placeOf(at)}`}
            label={<Title title={title} description={spec.description} />}
            data={[
              ...(known ? [] : [{ value: "", label: "choose a file" }]),
              ...files.map((each) => ({ value: each.id, label: `${each.name}, ${count(each.rows)} rows` })),
            ]}
            value={known?.id ?? ""}
            onChange={(event) => {
              const chosen = files.find((each) => each.id === event.currentTarget.value);
              if (chosen) choose(setup, at, chosen, begin);
            }}
          />
        )}
        <FileButton onChange={(file) => file && mutate(file)} accept=".csv,.tsv,.txt,text/csv">
          {(props) => (
            <Button {...props} variant="default" size="xs" loading={isPending} data-testid="upload">
              Upload a CSV file
            </Button>
          )}
        </FileButton>
      </div>
      {error ? (
        <div className="wrong" role="alert" data-testid="upload-refused">
          <p>{variables?.name} can’t be used:</p>
          <ul>
            {messagesOf(error).map((message) => (
              <li key={message}>{message}</li>
            ))}
          </ul>
        </div>
      ) : (
        problem && <p className={id ? "wrong" : "hint"}>{problem}</p>
      )}
      {!known && !error && (
        <p className="hint">The first row must name the columns. The file stays on the lab’s machine.</p>
      )}
    </div>
  );
}

function messagesOf(error: Error): string[] {
  const problems = error instanceof ApiError ? error.problems : [];
  return problems.length ? problems.map(placeText) : [error.message];
}

/** A problem of a file with where it is: "Row 12, column age: …". */
export function placeText({ location, message }: Problem): string {
  const found = [];
  for (let i = 0; i + 1 < location.length; i += 2) {
    if (location[i] === "row") found.push(`row ${location[i + 1]}`);
    if (location[i] === "column") found.push(`column ${location[i + 1]}`);
  }
  const place = found.join(", ");
  return place ? `${place.charAt(0).toUpperCase()}${place.slice(1)}: ${message}` : message;
}

/** One column of the file. */
export function ColumnField({ at, spec, title }: Props) {
  const setup = useSetup();
  const file = useFile(at);
  const value = String(useValue(at) ?? "");
  const problem = useProblem(at);
  if (!file) return null;
  const names = file.columns.map((column) => column.name);
  return (
    <NativeSelect
      aria-label={title}
      data-place={placeOf(at)}
      data-testid={`field:${placeOf(at)}`}
      label={<Title title={title} description={spec.description} />}
      data={names.includes(value) ? names : [{ value, label: value || "choose a column" }, ...names]}
      value={value}
      onChange={(event) => {
        const chosen = event.currentTarget.value;
        setup.update((draft) => {
          const place = [...at.slice(0, -1), "features"];
          const features = draft.dataset.features;
          const next = setIn(draft, at, chosen);
          // The target can't be a feature.
          return Array.isArray(features)
            ? setIn(
                next,
                place,
                features.filter((name) => name !== chosen),
              )
            : next;
        });
      }}
      error={problem}
    />
  );
}

const SHOWN = 12;

/** The features: columns of the file, by default all but the target. */
export function ColumnsField({ at, spec, title }: Props) {
  const setup = useSetup();
  const file = useFile(at);
  const value = useValue(at) ?? null;
  const target = useValue([...at.slice(0, -1), "target"]);
  const wrong = useSelected(({ problems }) => {
    const found = problems.list.filter(({ location }) => placeOf(location).startsWith(placeOf(at)));
    return found.map((each) => each.message).join("\n");
  });
  const [all, setAll] = useState(false);
  if (!file) return null;
  const others = file.columns.filter((column) => column.name !== target);
  const chosen = Array.isArray(value) ? value : others.map((column) => column.name as Json);
  const put = (name: string, on: boolean) => {
    const next = others.map((column) => column.name).filter((each) => (each === name ? on : chosen.includes(each)));
    setup.set(at, next.length === others.length ? null : next);
  };
  return (
    <fieldset
      className={styles.columns}
      data-place={placeOf(at)}
      data-testid={`field:${placeOf(at)}`}
      aria-label={title}
    >
      <span className={fieldStyles.label}>
        <Title title={`${title}: ${chosen.length} of ${others.length}`} description={spec.description} />
      </span>
      {wrong && (
        <div className="wrong">
          {wrong.split("\n").map((message) => (
            <p key={message}>{message}</p>
          ))}
        </div>
      )}
      {(all ? others : others.slice(0, SHOWN)).map((column) => (
        <Checkbox
          key={column.name}
          label={
            <>
              {column.name} <span className="hint">{columnText(column)}</span>
            </>
          }
          checked={chosen.includes(column.name)}
          onChange={(event) => put(column.name, event.currentTarget.checked)}
        />
      ))}
      {others.length > SHOWN && (
        <UnstyledButton className="more" onClick={() => setAll(!all)}>
          {all ? "fewer" : `${others.length - SHOWN} more`}
        </UnstyledButton>
      )}
    </fieldset>
  );
}

function columnText({ type, distinct, values, missing }: FileView["columns"][number]): string {
  if (missing) return `${count(missing)} values missing`;
  if (type === "number") return values.slice(0, 3).join(", ") + (distinct > 3 ? ", …" : "");
  return `${distinct} values: ${values.slice(0, 3).join(", ")}${distinct > 3 ? ", …" : ""}`;
}
