import { TextInput } from "@mantine/core";
import { plain } from "../experiment/phrases";
import { useProblem, useSetup, useValue, useWarning } from "./context";
import fieldStyles from "./fields/Field.module.css";

const AT = ["name"];

/** The experiment's name. */
export function NameField() {
  const setup = useSetup();
  const value = useValue(AT);
  const error = useProblem(AT);
  const warning = useWarning(AT);
  return (
    <div className={fieldStyles.field}>
      <TextInput
        label="Experiment"
        aria-label="Experiment"
        value={plain(value)}
        error={error}
        onChange={(event) => setup.set(AT, event.currentTarget.value)}
        spellCheck={false}
        data-place="name"
        data-testid="field:name"
      />
      {warning && <p className="trap">{warning}</p>}
    </div>
  );
}
