import { UnstyledButton } from "@mantine/core";
import { useEffect, useState } from "react";
import { api } from "../api/client";
import type { Preview } from "../api/types";
import { classColour } from "../charts/palette";
import { useScheme } from "../scheme";
import { Card } from "./Card";
import { type Catalog, defaultsOf, entryOf, fieldsOf } from "./catalog";
import { useSetup } from "./context";
import { Field, FieldList } from "./Field";

/** The data set: which one, its settings, and how its rows are split. */
export function DataCard({ preview }: { preview: Preview | null }) {
  const { catalog, draft, set } = useSetup();
  const thumbnails = useThumbnails(catalog);
  const entry = entryOf(catalog.datasets, draft.dataset.kind);
  const split = fieldsOf(catalog.split.schema, catalog);
  const shuffled = draft.split.shuffle === true;
  return (
    <Card title="Data" aside={preview && `${preview.train_rows} train, ${preview.test_rows} test rows`}>
      <div className="thumbnails" role="radiogroup" aria-label="Data set">
        {catalog.datasets.map((each) => (
          <UnstyledButton
            key={each.kind}
            className="thumbnail"
            role="radio"
            aria-checked={each.kind === entry?.kind}
            title={each.summary}
            data-testid={`dataset:${each.kind}`}
            onClick={() =>
              set(["dataset"], { ...defaultsOf(each, catalog), ...sharedWith(draft.dataset, each.schema) })
            }
          >
            <Thumbnail preview={thumbnails[each.kind]} />
            {each.title}
          </UnstyledButton>
        ))}
      </div>
      <div className="fields">{entry && <FieldList at={["dataset"]} specs={fieldsOf(entry.schema, catalog)} />}</div>
      <div className="fields">
        {split
          // The shuffle's seed means nothing while rows keep their order.
          .filter((field) => field.name !== "random_state" || shuffled)
          .map((field) => (
            <Field
              key={field.name}
              at={["split", field.name]}
              spec={field.name === "random_state" ? { ...field, title: "Shuffle seed" } : field}
            />
          ))}
      </div>
    </Card>
  );
}

/** Sizes and seeds are kept when another data set is tried; what makes it what it is (noise, spread) is its own. */
function sharedWith(dataset: { [field: string]: unknown }, schema: { properties?: Record<string, unknown> }) {
  const names = ["n_samples", "random_state"].filter((name) => name in dataset && name in (schema.properties ?? {}));
  return Object.fromEntries(names.map((name) => [name, dataset[name] as number]));
}

function useThumbnails(catalog: Catalog): Record<string, Preview> {
  const [previews, setPreviews] = useState<Record<string, Preview>>({});
  useEffect(() => {
    const abort = new AbortController();
    for (const entry of catalog.datasets) {
      api.preview(defaultsOf(entry, catalog), {}, abort.signal).then(
        (preview) => setPreviews((others) => ({ ...others, [entry.kind]: preview })),
        () => undefined, // A thumbnail is only a picture beside the name.
      );
    }
    return () => abort.abort();
  }, [catalog]);
  return previews;
}

const SIDE = 44;

function Thumbnail({ preview }: { preview: Preview | undefined }) {
  const scheme = useScheme();
  const points = preview?.points.x ?? [];
  const columns = [0, 1].map((axis) => points.map((point) => point[axis] ?? 0));
  const [xs = [], ys = []] = columns;
  const low = columns.map((values) => Math.min(...values));
  const span = Math.max(...columns.map((values, axis) => Math.max(...values) - (low[axis] as number)), 1e-9);
  const place = (value: number, axis: number, values: number[]) => {
    const slack = (span - (Math.max(...values) - (low[axis] as number))) / 2;
    return 3 + ((value - (low[axis] as number) + slack) / span) * (SIDE - 6);
  };
  return (
    <svg width={SIDE} height={SIDE} viewBox={`0 0 ${SIDE} ${SIDE}`} aria-hidden="true">
      {xs.map((x, row) => (
        <circle
          key={row}
          cx={place(x, 0, xs)}
          cy={SIDE - place(ys[row] as number, 1, ys)}
          r="1.4"
          fill={classColour(preview?.points.y[row] ?? 0, scheme)}
        />
      ))}
    </svg>
  );
}
