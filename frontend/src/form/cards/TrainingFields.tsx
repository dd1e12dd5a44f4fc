import type { Entry } from "../../api/catalog";
import type { Preview } from "../../api/types";
import { type FieldSpec, fieldsOf } from "../../experiment/catalog";
import { hasClasses, ofEach, type Task } from "../../experiment/tasks";
import { batchText } from "../batchText";
import { useCatalog, useSelected } from "../context";
import { FieldList } from "../fields/Field";
import fieldStyles from "../fields/Field.module.css";
import { FieldMessage } from "../fields/FieldMessage";

/** The field with the losses of the task alone, and with the one that is chosen, whatever it is for. */
function lossFor(field: FieldSpec, task: Task | undefined, chosen: string | undefined): FieldSpec {
  if (field.type !== "entry" || !task) return field;
  return { ...field, kinds: field.kinds.filter((kind) => kind.task === ofEach(task) || kind.kind === chosen) };
}

/** The fields of the training settings. */
export function TrainingFields({ preview }: { preview: Preview | null }) {
  const catalog = useCatalog();
  const task = preview?.task;
  const batch = useSelected(({ draft }) => batchText(draft.training.batch_size, preview?.train_rows));
  const smoothed = useSelected(({ draft }) => Boolean(draft.training.label_smoothing));
  const weighed = useSelected(({ draft }) => Boolean(draft.training.class_weight));
  const chosen = useSelected(({ draft }) => (draft.training.loss as Entry | null | undefined)?.kind);
  // A number to predict has no label to smooth; only rows of one class have a class to weigh.
  const unset = [...(smoothed ? [] : ["label_smoothing"]), ...(weighed ? [] : ["class_weight"])];
  const meant = (name: string) =>
    !unset.includes(name) || !task || hasClasses(task) || (task === "labels" && name === "label_smoothing");
  const fields = fieldsOf(catalog.training.schema, catalog)
    .filter((field) => meant(field.name))
    .map((field) => (field.name === "loss" ? lossFor(field, task, chosen) : field));
  const nested = (type: string) => type === "entry" || type === "object";
  return (
    <>
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
    </>
  );
}
