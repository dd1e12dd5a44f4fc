import { memo } from "react";
import type { Preview } from "../../api/types";
import { entryOf } from "../../experiment/catalog";
import { count } from "../../format";
import { useSelected, useSetup, useValue } from "../context";
import { sizeText } from "../preview/sizeText";
import { Card } from "./Card";
import { DataFields } from "./fetchedFields";

/** The choice of the data set, its settings, and its split. */
export const DataCard = memo(function DataCard({ preview }: { preview: Preview | null }) {
  const { catalog } = useSetup();
  const kind = useValue(["dataset", "kind"]);
  const entry = entryOf(catalog.datasets, kind);
  const wrong = useSelected(({ problems }) => problems.under(["dataset"]) || problems.under(["split"]));
  return (
    <Card
      title="Data"
      line={
        <>
          {[entry?.title ?? "choose a data set", preview && !wrong && splitText(preview)].filter(Boolean).join(", ")}
          <FlippedLabels />
        </>
      }
      places={["dataset", "split"]}
      aside={
        <>
          {preview && !wrong && sizeText(preview)}
          <FlippedLabels />
        </>
      }
    >
      <DataFields preview={preview} />
    </Card>
  );
});

/** Label noise that is set: it is easily forgotten when the results are read. */
function FlippedLabels() {
  const share = useSelected(({ draft }) => Number(draft.split.label_noise) || 0);
  if (share <= 0) return null;
  return (
    <span className="trap" data-testid="flipped-labels">
      {" "}
      {Number((100 * share).toPrecision(3))} % of labels flipped
    </span>
  );
}

/** "30 train / 70 test". */
function splitText({ sizes }: Preview): string {
  return `${count(sizes.train)} train / ${count(sizes.test)} test`;
}
