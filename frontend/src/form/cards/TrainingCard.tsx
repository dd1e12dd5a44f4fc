import { memo } from "react";
import type { Preview } from "../../api/types";
import { fieldsOf } from "../../experiment/catalog";
import { batchText } from "../batchText";
import { useCatalog, useSelected } from "../context";
import { FieldList } from "../fields/Field";
import fieldStyles from "../fields/Field.module.css";
import { FieldMessage } from "../fields/FieldMessage";
import { Card } from "./Card";

/** Training settings shared by all arms, unless an arm changes them. */
export const TrainingCard = memo(function TrainingCard({ preview }: { preview: Preview | null }) {
  const catalog = useCatalog();
  const task = preview?.task;
  const batch = useSelected(({ draft }) => batchText(draft.training.batch_size, preview?.train_rows));
  const smoothed = useSelected(({ draft }) => Boolean(draft.training.label_smoothing));
  // A number to predict has no label to smooth.
  const meant = (name: string) => name !== "label_smoothing" || smoothed || task !== "regression";
  const fields = fieldsOf(catalog.training.schema, catalog).filter((field) => meant(field.name));
  const nested = (type: string) => type === "entry" || type === "object";
  return (
    <Card title="Training">
      <div className={fieldStyles.fields}>
        <FieldList at={["training"]} specs={fields.filter((field) => !nested(field.type))} />
      </div>
      {batch && (
        <p className="hint" data-testid="batch-used">
          {batch}
        </p>
      )}
      {fields
        .filter((field) => nested(field.type))
        .map((field) => (
          <div className={fieldStyles.fields} key={field.name}>
            <FieldList at={["training"]} specs={[field]} />
          </div>
        ))}
      <FieldMessage at={["training"]} />
    </Card>
  );
});
