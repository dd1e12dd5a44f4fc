import { UnstyledButton } from "@mantine/core";
import { useMemo, useState } from "react";
import type { Catalog, CatalogEntry, Fields } from "../../api/catalog";
import type { Preview } from "../../api/types";
import { entryOf, fieldsOf, fileField, grouped, needsFile, type SpecialSpec } from "../../experiment/catalog";
import { DRAW_FIELDS } from "../../experiment/replicates";
import { hasClasses, isNumeric } from "../../experiment/tasks";
import { capital } from "../../format";
import { tabStop, useRoving } from "../../ui/roving";
import { useSelected, useSetup, useValue } from "../context";
import { BY_COLUMN } from "../edits";
import { FieldList } from "../fields/Field";
import fieldStyles from "../fields/Field.module.css";
import { FieldMessage } from "../fields/FieldMessage";
import { Thumbnail, useThumbnails } from "../preview/Thumbnail";
import { FileField } from "../table/FileField";
import { UndoNotice } from "../UndoNotice";
import styles from "./DataFields.module.css";

/** The choice of the data set, its fields, and those of its split. */
export function DataFields({ preview }: { preview: Preview | null }) {
  const { catalog } = useSetup();
  const entry = entryOf(catalog.datasets, useValue(["dataset", "kind"]));
  return (
    <>
      <Gallery chosen={entry} />
      <UndoNotice of="reset" />
      <FieldMessage at={["dataset"]} />
      {entry && (
        <div className={fieldStyles.fields} key={entry.kind}>
          <FieldList at={["dataset"]} specs={fieldsOf(entry.schema, catalog)} />
        </div>
      )}
      <SplitFields preview={preview} />
      <FieldMessage at={["split"]} />
    </>
  );
}

/** All data sets, one group of them at a time. */
function Gallery({ chosen }: { chosen: CatalogEntry | undefined }) {
  const setup = useSetup();
  const { catalog } = setup;
  const groups = useMemo(() => grouped(catalog.datasets), [catalog]);
  const [seen, setSeen] = useState<string | null>(null);
  const group = seen ?? chosen?.group ?? "";
  const members = groups.find(([name]) => name === group)?.[1] ?? catalog.datasets;
  const thumbnails = useThumbnails(members, catalog);
  const file = useMemo(() => ofFile(members, catalog), [members, catalog]);
  const own = chosen && needsFile(chosen, catalog) ? null : file; // what is chosen has a field for its file
  const amongTabs = useRoving("tab");
  const amongDatasets = useRoving("radio");
  const stop = tabStop(members.findIndex((each) => each.kind === chosen?.kind));
  return (
    <>
      {groups.length > 1 && (
        <div className={styles.groups} role="tablist" aria-label="Kinds of data" onKeyDown={amongTabs}>
          {groups.map(([name]) => (
            <UnstyledButton
              key={name}
              role="tab"
              aria-selected={name === group}
              tabIndex={name === group ? 0 : -1}
              onFocus={() => name !== group && setSeen(name)}
              data-chosen={name === (chosen?.group ?? "") || undefined}
              onClick={() => setSeen(name)}
              data-testid={`group:${name}`}
            >
              {capital(name)}
            </UnstyledButton>
          ))}
        </div>
      )}
      <div className={styles.thumbnails} role="radiogroup" aria-label="Data set" onKeyDown={amongDatasets}>
        {members.map((each, index) => (
          <UnstyledButton
            key={each.kind}
            className={styles.thumbnail}
            role="radio"
            aria-checked={each.kind === chosen?.kind}
            tabIndex={index === stop ? 0 : -1}
            title={each.summary}
            data-testid={`dataset:${each.kind}`}
            onClick={() => {
              setup.chooseDataset(each);
              setSeen(null);
            }}
          >
            <Thumbnail preview={thumbnails[each.kind]} ofFile={needsFile(each, catalog)} />
            {each.title}
          </UnstyledButton>
        ))}
      </div>
      {own && (
        <FileField
          at={["dataset", own.spec.name]}
          spec={own.spec}
          title={own.spec.title}
          update={(change) => {
            setSeen(null);
            setup.chooseDataset(own.entry, change);
          }}
        />
      )}
    </>
  );
}

/** The data set in `members` that is read from an uploaded file, and its field for the file. */
function ofFile(members: readonly CatalogEntry[], catalog: Catalog): { entry: CatalogEntry; spec: SpecialSpec } | null {
  for (const entry of members) {
    const spec = fileField(entry, catalog);
    if (spec) return { entry, spec };
  }
  return null;
}

/** Whether a seed decides on the rows of the sets, or on their labels. */
function isSeeded({ by = "rows", shuffle, label_noise }: Fields): boolean {
  const isRandom = by === "rows" ? shuffle === true : by === "stratified" || by === "group";
  return isRandom || Number(label_noise) > 0;
}

/** Fields of the split and its preparation, without those of `DRAW_FIELDS` and those that don't apply. */
function SplitFields({ preview }: { preview: Preview | null }) {
  const { catalog } = useSetup();
  const specs = useMemo(() => fieldsOf(catalog.split.schema, catalog), [catalog]);
  const task = preview?.task;
  const entry = entryOf(catalog.datasets, useValue(["dataset", "kind"]));
  const ownFile = entry !== undefined && needsFile(entry, catalog);
  const by = useValue(["split", "by"]) ?? "rows";
  const hasTestFile = Boolean(useValue(["dataset", "test_file"]));
  const seeded = useSelected(({ draft: { split } }) => isSeeded(split));
  const set = useSelected(({ draft: { split } }) =>
    Object.entries(split)
      .filter(([name, value]) => value !== catalog.split.schema.properties?.[name]?.default)
      .map(([name]) => name)
      .join(),
  ).split(",");
  const applies = (name: string) => {
    if (DRAW_FIELDS.includes(name)) return false;
    if (name === "random_state") return seeded;
    if (name === "shuffle") return by === "rows";
    if (name === "train") return by !== "column" && !hasTestFile;
    if (name === "column") return BY_COLUMN.includes(by) || set.includes(name);
    if (name === "target_scale" && !(task && isNumeric(task))) return false;
    if (set.includes(name)) return true;
    if (name === "by") return ownFile;
    if (["validation", "holdout"].includes(name)) return by !== "column";
    if (!task) return true;
    if (name === "standardize_target") return false;
    return !["label_noise", "imbalance"].includes(name) || hasClasses(task);
  };
  return (
    <div className={fieldStyles.fields}>
      <FieldList at={["split"]} specs={specs.filter((spec) => applies(spec.name))} />
    </div>
  );
}
