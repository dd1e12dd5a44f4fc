import { memo } from "react";
import { Card } from "./Card";
import { fieldsOf } from "./catalog";
import { useCatalog } from "./context";
import { FieldList } from "./Field";
import { Found } from "./Found";

/** How every arm is trained, unless it says otherwise. */
export const TrainingCard = memo(function TrainingCard() {
  const catalog = useCatalog();
  const fields = fieldsOf(catalog.training.schema, catalog);
  const nested = (type: string) => type === "entry" || type === "object";
  return (
    <Card title="Training">
      <div className="fields">
        <FieldList at={["training"]} specs={fields.filter((field) => !nested(field.type))} />
      </div>
      {fields
        .filter((field) => nested(field.type))
        .map((field) => (
          <div className="fields" key={field.name}>
            <FieldList at={["training"]} specs={[field]} />
          </div>
        ))}
      <Found at={["training"]} />
    </Card>
  );
});
