import { memo } from "react";
import type { Entry } from "../../api/catalog";
import type { Preview } from "../../api/types";
import { type FieldSpec, fieldsOf } from "../../experiment/catalog";
import { entryText, spoken } from "../../experiment/phrases";
import { hasClasses, ofEach, type Task } from "../../experiment/tasks";
import { batchText } from "../batchText";
import { useCatalog, useSelected } from "../context";
import { FieldList } from "../fields/Field";
import fieldStyles from "../fields/Field.module.css";
import { FieldMessage } from "../fields/FieldMessage";
import { Card } from "./Card";

/** The field with the losses of the task alone, and with the one that is chosen, whatever it is for. */
function lossFor(field: FieldSpec, task: Task | undefined, chosen: string | undefined): FieldSpec {
  if (field.type !== "entry" || !task) return field;
  return { ...field, kinds: field.kinds.filter((kind) => kind.task === ofEach(task) || kind.kind === chosen) };
}

/** Training settings shared by all arms, unless an arm changes them. */
export const TrainingCard = memo(function TrainingCard({ preview }: { preview: Preview | null }) {
  const catalog = useCatalog();
  const task = preview?.task;
  const batch = useSelected(({ draft }) => batchText(draft.training.batch_size, preview?.train_rows));
  const smoothed = useSelected(({ draft }) => Boolean(draft.training.label_smoothing));
  const weighed = useSelected(({ draft }) => Boolean(draft.training.class_weight));
  const chosen = useSelected(({ draft }) => (draft.training.loss as Entry | null | undefined)?.kind);
  const line = useSelected(({ draft: { training } }) =>
    [
      entryText(training.optimizer, catalog.optimizers, catalog),
      `${spoken(training.epochs)} epochs`,
      training.batch_size ? `batch ${spoken(training.batch_size)}` : "",
    ]
      .filter(Boolean)
      .join(", "),
  );
  // A number to predict has no label to smooth; only rows of one class have a class to weigh.
  const unset = [...(smoothed ? [] : ["label_smoothing"]), ...(weighed ? [] : ["class_weight"])];
  const meant = (name: string) =>
    !unset.includes(name) || !task || hasClasses(task) || (task === "labels" && name === "label_smoothing");
  const fields = fieldsOf(catalog.training.schema, catalog)
    .filter((field) => meant(field.name))
    .map((field) => (field.name === "loss" ? lossFor(field, task, chosen) : field));
  const nested = (type: string) => type === "entry" || type === "object";
  return (
    <Card title="Training" line={line} places={["training"]}>
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
