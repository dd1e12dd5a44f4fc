import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Catalog, CatalogEntry } from "../../api/catalog";
import type { PointsSample, Preview, SeriesSample } from "../../api/types";
import { classColour } from "../../charts/palette";
import { defaultsOf, needsFile } from "../../experiment/catalog";
import { isNumeric } from "../../experiment/tasks";
import { queries } from "../../state/queries";
import { type Scheme, useScheme } from "../../ui/scheme";
import { Picture } from "./Pictures";
import { pathOf } from "./SeriesGrid";
import styles from "./Thumbnail.module.css";

/** Previews of the data sets with their default settings, one by one as they load. Data sets read from a file have none. */
export function useThumbnails(entries: readonly CatalogEntry[], catalog: Catalog): Record<string, Preview> {
  const client = useQueryClient();
  const [previews, setPreviews] = useState<Record<string, Preview>>({});
  useEffect(() => {
    let gone = false;
    const wanted = entries.filter((entry) => !needsFile(entry, catalog));
    const ask = async () => {
      // One request at a time, so that the preview of the draft doesn't wait for thumbnails.
      for (const entry of wanted) {
        if (gone) return;
        try {
          const { preview } = await client.fetchQuery(queries.preview(defaultsOf(entry, catalog), entry.split ?? {}));
          setPreviews((others) => ({ ...others, [entry.kind]: preview }));
        } catch {
          // Without its thumbnail the data set can still be chosen by name.
        }
      }
    };
    void ask();
    return () => {
      gone = true;
    };
  }, [client, entries, catalog]);
  return previews;
}

const SIDE = 44;
const MOST_POINTS = 150;

/** A small picture of a data set: its rows, or a symbol for a table or text. */
export function Thumbnail({ preview, ofFile }: { preview: Preview | undefined; ofFile: boolean }) {
  const scheme = useScheme();
  const sample = preview?.sample;
  if (sample?.kind === "images") {
    return (
      <span className={styles.mosaic}>
        {[0, 1, 2, 3].map((index) => (
          <Picture key={index} sample={sample} index={Math.floor((index * sample.y.length) / 4)} />
        ))}
      </span>
    );
  }
  return (
    <svg width={SIDE} height={SIDE} viewBox={`0 0 ${SIDE} ${SIDE}`} aria-hidden="true">
      {sample?.kind === "points" && <Points preview={preview as Preview} sample={sample} scheme={scheme} />}
      {sample?.kind === "series" && <Lines sample={sample} scheme={scheme} />}
      {(sample?.kind === "none" || ofFile) && (
        <path
          d={ofFile ? "M8 10h28v24H8zM8 18h28M8 26h28M18 10v24" : "M9 12h26M9 19h26M9 26h26M9 33h16"}
          fill="none"
          stroke="currentColor"
          strokeOpacity="0.5"
          strokeWidth="1.5"
        />
      )}
    </svg>
  );
}

function Points({ preview, sample, scheme }: { preview: Preview; sample: PointsSample; scheme: Scheme }) {
  const every = Math.ceil(sample.points.length / MOST_POINTS);
  const rows = sample.points.map((_, row) => row).filter((row) => row % every === 0);
  const columns = [0, 1].map((axis) => rows.map((row) => sample.points[row]?.[axis] ?? 0));
  const low = columns.map((values) => Math.min(...values));
  const own = columns.map((values, axis) => Math.max(...values) - (low[axis] as number) || 1);
  // A target against a feature fills both axes; two features share one scale.
  const curve = isNumeric(preview.task) && preview.feature_names.length === 1;
  const span = curve ? own : [Math.max(...own), Math.max(...own)];
  const place = (value: number, axis: 0 | 1) => {
    const slack = ((span[axis] as number) - (own[axis] as number)) / 2;
    return 3 + ((value - (low[axis] as number) + slack) / (span[axis] as number)) * (SIDE - 6);
  };
  const { min = 0, max = 1 } = preview.target ?? {};
  return rows.map((row, i) => (
    <circle
      key={row}
      cx={place(columns[0]?.[i] as number, 0)}
      cy={SIDE - place(columns[1]?.[i] as number, 1)}
      r="1.4"
      fill={classColour(preview.classes ? (sample.y[row] as number) : 0, scheme)}
      fillOpacity={preview.classes || curve ? 1 : 0.25 + (0.75 * ((sample.y[row] as number) - min)) / (max - min || 1)}
    />
  ));
}

function Lines({ sample, scheme }: { sample: SeriesSample; scheme: Scheme }) {
  const shown = sample.series.slice(0, 2).map((features) => features[0] ?? []);
  const values = shown.flat();
  const range: [number, number] = [Math.min(...values), Math.max(...values)];
  return shown.map((steps, index) => (
    <g key={index} transform={`translate(-4 ${index * 20})`}>
      <path d={pathOf(steps, range, SIDE + 8, 24)} fill="none" stroke={classColour(index, scheme)} strokeWidth="1.2" />
    </g>
  ));
}
