import { memo } from "react";
import type { Preview } from "../../api/types";
import { entryText, spoken } from "../../experiment/phrases";
import { useCatalog, useSelected } from "../context";
import { Card } from "./Card";
import { TrainingFields } from "./fetchedFields";

/** Training settings shared by all arms, unless an arm changes them. */
export const TrainingCard = memo(function TrainingCard({ preview }: { preview: Preview | null }) {
  const catalog = useCatalog();
  const line = useSelected(({ draft: { training } }) =>
    [
      entryText(training.optimizer, catalog.optimizers, catalog),
      `${spoken(training.epochs)} epochs`,
      training.batch_size ? `batch ${spoken(training.batch_size)}` : "",
    ]
      .filter(Boolean)
      .join(", "),
  );
  return (
    <Card title="Training" line={line} places={["training"]}>
      <TrainingFields preview={preview} />
    </Card>
  );
});
