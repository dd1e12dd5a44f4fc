import { NativeSelect, UnstyledButton } from "@mantine/core";
import type { Location } from "../../api/problem";
import type { SpecialSpec } from "../../experiment/catalog";
import { useSelected, useSetup, useValue } from "../context";
import { Title } from "../fields/Title";
import { placeOf } from "../store";
import { guessText, targetsOf, withMoreTargets } from "./columns";
import styles from "./MoreTargetsField.module.css";
import { useFile } from "./useFile";

interface Props {
  at: Location;
  spec: SpecialSpec;
  title: string;
}

/** Further columns of the file that are predicted beside the target, and what they make together. */
export function MoreTargetsField({ at, spec, title }: Props) {
  const setup = useSetup();
  const file = useFile(at);
  const target = useValue([...at.slice(0, -1), "target"]);
  const type = useValue([...at.slice(0, -1), "target_type"]);
  const more = useValue(at);
  const place = placeOf(at);
  const problems = useSelected(({ problems }) =>
    problems.list
      .filter(({ location }) => placeOf(location) === place || placeOf(location).startsWith(`${place}/`))
      .map(({ message }) => message)
      .join("\n"),
  );
  if (!file) return null;
  const [, ...chosen] = targetsOf({ target: target ?? "", more_targets: more ?? [] });
  const free = file.columns.map(({ name }) => name).filter((name) => name !== target && !chosen.includes(name));
  const choose = (names: readonly string[]) =>
    setup.chooseSource((draft) => withMoreTargets(draft, at, names, file, setup.catalog));
  const guess = chosen.length ? guessText(file, [String(target), ...chosen], type) : "";
  return (
    <div>
      <NativeSelect
        aria-label={title}
        data-place={place}
        data-testid={`field:${place}`}
        label={<Title title={title} description={spec.description} />}
        data={[{ value: "", label: chosen.length ? "add a column" : "none" }, ...free]}
        value=""
        onChange={(event) => event.currentTarget.value && choose([...chosen, event.currentTarget.value])}
        error={problems || undefined}
      />
      {chosen.length > 0 && (
        <ul className={styles.chosen} data-testid="more-targets">
          {chosen.map((name) => (
            <li key={name}>
              <UnstyledButton
                className="more target"
                aria-label={`Predict ${name} no more`}
                onClick={() => choose(chosen.filter((each) => each !== name))}
              >
                {name} ×
              </UnstyledButton>
            </li>
          ))}
        </ul>
      )}
      {guess && (
        <p className="hint" data-testid="guess">
          {guess}
        </p>
      )}
    </div>
  );
}
