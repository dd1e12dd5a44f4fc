import { Card } from "./Card";
import { fieldsOf } from "./catalog";
import { useSetup } from "./context";
import { FieldList } from "./Field";

/** How every arm is trained, unless it says otherwise. */
export function TrainingCard() {
  const { catalog } = useSetup();
  const fields = fieldsOf(catalog.training.schema, catalog);
  return (
    <Card title="Training">
      <div className="fields">
        <FieldList at={["training"]} specs={fields.filter((field) => field.type !== "entry")} />
      </div>
      <div className="fields">
        <FieldList at={["training"]} specs={fields.filter((field) => field.type === "entry")} />
      </div>
    </Card>
  );
}
