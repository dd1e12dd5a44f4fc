import { UnstyledButton } from "@mantine/core";
import { memo, useMemo, useState } from "react";
import type { Catalog, CatalogEntry, Entry, Fields } from "../../api/catalog";
import type { Preview } from "../../api/types";
import {
  defaultFields,
  defaultsOf,
  entryOf,
  fieldsOf,
  fileField,
  grouped,
  type SpecialSpec,
  splitFields,
} from "../../experiment/catalog";
import type { Draft } from "../../experiment/draft";
import { DRAW_FIELDS } from "../../experiment/replicates";
import { capital } from "../../format";
import { useSelected, useSetup, useValue } from "../context";
import { FieldList } from "../fields/Field";
import fieldStyles from "../fields/Field.module.css";
import { FieldMessage } from "../fields/FieldMessage";
import { FileField } from "../fields/TableFields";
import { Thumbnail, useThumbnails } from "../preview/Thumbnail";
import { Card } from "./Card";
import styles from "./DataCard.module.css";

/** The choice of the data set, its settings, and its split. */
export const DataCard = memo(function DataCard({ preview }: { preview: Preview | null }) {
  const { catalog } = useSetup();
  const kind = useValue(["dataset", "kind"]);
  const entry = entryOf(catalog.datasets, kind);
  const wrong = useSelected(({ problems }) => problems.under(["dataset"]) || problems.under(["split"]));
  return (
    <Card title="Data" aside={preview && !wrong && sizeText(preview)}>
      <Gallery chosen={entry} />
      <FieldMessage at={["dataset"]} />
      {entry && (
        <div className={fieldStyles.fields} key={entry.kind}>
          <FieldList at={["dataset"]} specs={fieldsOf(entry.schema, catalog)} />
        </div>
      )}
      <SplitFields preview={preview} />
      <FieldMessage at={["split"]} />
    </Card>
  );
});

function sizeText({ sizes }: Preview): string {
  const parts = [`${sizes.train} train`];
  if (sizes.validation) parts.push(`${sizes.validation} validation`);
  parts.push(`${sizes.test} test`);
  if (sizes.holdout) parts.push(`${sizes.holdout} sealed`);
  return `${parts.join(", ")} rows`;
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
  const own = file?.entry.kind === chosen?.kind ? null : file;
  return (
    <>
      {groups.length > 1 && (
        <div className={styles.groups} role="tablist" aria-label="Kinds of data">
          {groups.map(([name]) => (
            <UnstyledButton
              key={name}
              role="tab"
              aria-selected={name === group}
              data-chosen={name === (chosen?.group ?? "") || undefined}
              onClick={() => setSeen(name)}
              data-testid={`group:${name}`}
            >
              {capital(name)}
            </UnstyledButton>
          ))}
        </div>
      )}
      <div className={styles.thumbnails} role="radiogroup" aria-label="Data set">
        {members.map((each) => (
          <UnstyledButton
            key={each.kind}
            className={styles.thumbnail}
            role="radio"
            aria-checked={each.kind === chosen?.kind}
            title={each.summary}
            data-testid={`dataset:${each.kind}`}
            onClick={() => {
              setup.update((draft) => withDataset(draft, each, chosen, setup.catalog));
              setSeen(null);
            }}
          >
            <Thumbnail preview={thumbnails[each.kind]} ofFile={file?.entry === each} />
            {each.title}
          </UnstyledButton>
        ))}
      </div>
      {own && (
        <FileField
          at={["dataset", own.spec.name]}
          spec={own.spec}
          title={own.spec.title}
          begin={(draft) => {
            setSeen(null);
            return withDataset(draft, own.entry, chosen, catalog);
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

/** Fields that mean the same for every data set that has them. */
const SHARED = ["n_samples", "random_state", "layout"];

/**
 * `draft` with another data set. Sizes and seeds carry over; other settings get the new entry's defaults. A split that
 * the entry proposes is applied, and the previous entry's proposal undone. An experiment named after its data set is
 * renamed.
 */
export function withDataset(
  draft: Draft,
  entry: CatalogEntry,
  before: CatalogEntry | undefined,
  catalog: Parameters<typeof defaultsOf>[1],
): Draft {
  if (entry.kind === before?.kind) return draft;
  const { schema, split: proposed = {} } = entry;
  const shared = SHARED.filter((name) => isCarriedOver(name, draft.dataset, before, schema.properties ?? {}));
  const dataset: Entry = {
    ...defaultsOf(entry, catalog),
    ...Object.fromEntries(shared.map((name) => [name, draft.dataset[name] ?? null])),
  };
  const defaults = defaultFields(catalog.split.schema, catalog);
  const undone = Object.keys(before?.split ?? {}).map((name) => [name, defaults[name] ?? null]);
  const split: Fields = { ...draft.split, ...Object.fromEntries(undone), ...proposed };
  const name = draft.name === before?.title ? entry.title : draft.name;
  return { ...draft, name, dataset, split };
}

/** Tells whether the next data set has the field and its value was changed from the previous one's default. */
function isCarriedOver(
  name: string,
  dataset: Fields,
  before: CatalogEntry | undefined,
  next: Record<string, unknown>,
): boolean {
  if (!(name in dataset) || !(name in next)) return false;
  return dataset[name] !== before?.schema.properties?.[name]?.default;
}

/** Fields of the split and its preparation, without those of `DRAW_FIELDS` and those that don't apply. */
function SplitFields({ preview }: { preview: Preview | null }) {
  const { catalog } = useSetup();
  const specs = useMemo(() => splitFields(catalog), [catalog]);
  const task = preview?.task;
  const seeded = useSelected(({ draft: { split } }) => split.shuffle === true || Number(split.label_noise) > 0);
  const set = useSelected(({ draft: { split } }) =>
    Object.entries(split)
      .filter(([name, value]) => value !== catalog.split.schema.properties?.[name]?.default)
      .map(([name]) => name)
      .join(),
  ).split(",");
  const applies = (name: string) => {
    if (DRAW_FIELDS.includes(name)) return false;
    if (name === "random_state") return seeded;
    if (set.includes(name) || !task) return true;
    if (name === "standardize_target") return task === "regression";
    return !["label_noise", "imbalance"].includes(name) || task !== "regression";
  };
  return (
    <div className={fieldStyles.fields}>
      <FieldList at={["split"]} specs={specs.filter((spec) => applies(spec.name))} />
    </div>
  );
}
