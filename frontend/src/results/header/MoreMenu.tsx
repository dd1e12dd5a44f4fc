import { ActionIcon, Menu } from "@mantine/core";
import { useState } from "react";
import { exportAddress } from "../../api/client";
import type { ExperimentView } from "../../api/types";
import { callFormats } from "../../experiment/calls";
import { useCopyFormats } from "../../ui/CopyButtons";
import { DeleteDialog } from "./ConfirmDelete";
import styles from "./header.module.css";

interface Props {
  view: ExperimentView;
  onEdit: () => void;
  onDeleted: () => void;
}

/** What is seldom done with an experiment. */
export function MoreMenu({ view, onEdit, onDeleted }: Props) {
  const { id, name, arms } = view;
  const [asking, setAsking] = useState(false);
  const formats = callFormats(() => view.experiment, window.location.origin);
  const { copied, take } = useCopyFormats({ what: "experiment", formats, disabled: id === "" });
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon
            className={styles.more}
            size={30}
            variant="default"
            aria-label={copied ? `${copied} copied` : "More"}
            disabled={id === ""}
            data-testid="more-actions"
          >
            {copied ? "✓" : "⋯"}
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown mah={440} style={{ overflowY: "auto" }}>
          <Menu.Item onClick={onEdit}>Edit as new</Menu.Item>
          <Menu.Label>Copy as</Menu.Label>
          {formats.map((format) => (
            <Menu.Item key={format.name} onClick={() => take(format)} data-testid={`copy:experiment:${format.name}`}>
              {format.title}
            </Menu.Item>
          ))}
          <Menu.Label>Keras script: needs TensorFlow, scikit-learn and Matplotlib alone</Menu.Label>
          <Menu.Item component="a" href={exportAddress(id, "script.py")} download>
            All arms
          </Menu.Item>
          {arms.length > 1 &&
            arms.map((arm) => (
              <Menu.Item key={arm.name} component="a" href={exportAddress(id, "script.py", arm.name)} download>
                {arm.name}
              </Menu.Item>
            ))}
          <Menu.Divider />
          <Menu.Item color="var(--wrong)" onClick={() => setAsking(true)} aria-label={`Delete ${name}`}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <DeleteDialog id={id} name={name} onDeleted={onDeleted} opened={asking} onClose={() => setAsking(false)} />
    </>
  );
}
