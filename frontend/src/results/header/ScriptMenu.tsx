import { Button, Menu } from "@mantine/core";
import clsx from "clsx";
import { exportAddress } from "../../api/client";
import type { ExperimentView } from "../../api/types";
import styles from "./header.module.css";

/** Downloads the experiment, or one of its arms, as a Keras script. */
export function ScriptMenu({ view: { id, arms } }: { view: ExperimentView }) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button size="xs" variant="default" disabled={id === ""} data-testid="script">
          Keras script
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
        <Menu.Item component="a" href={exportAddress(id, "script.py")} download>
          All arms
          <span className={clsx("hint", styles.about)}>
            Needs TensorFlow, scikit-learn and Matplotlib alone; ends at the same figures
          </span>
        </Menu.Item>
        {arms.length > 1 && <Menu.Label>One arm</Menu.Label>}
        {arms.length > 1 &&
          arms.map(({ name }) => (
            <Menu.Item key={name} component="a" href={exportAddress(id, "script.py", name)} download>
              {name}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}
