import { ActionIcon, Checkbox, Popover, UnstyledButton } from "@mantine/core";
import { useEffect, useRef } from "react";
import { icons } from "../../ui/icons";
import styles from "./ColumnsMenu.module.css";
import { type Column, moved } from "./columns";

interface Props {
  all: readonly Column[];
  /** Ids of the columns that are shown, in order. */
  shown: readonly string[];
  /** Null: the usual columns. */
  onChoose: (shown: readonly string[] | null) => void;
}

const moveId = (id: string, by: number) => `${id}:${by < 0 ? "left" : "right"}`;

/** Which columns the results have, and their order. */
export function ColumnsMenu({ all, shown, onChoose }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const focus = useRef<string | null>(null);
  // A row that moves loses the focus.
  useEffect(() => {
    if (focus.current === null) return;
    list.current?.querySelector<HTMLElement>(`[data-move="${focus.current}"]`)?.focus();
    focus.current = null;
  });
  const first = shown.flatMap((id) => all.find((column) => column.id === id) ?? []);
  const rest = all.filter((column) => !shown.includes(column.id));
  const move = (id: string, by: number) => {
    focus.current = moveId(id, by);
    onChoose(moved(shown, id, by));
  };
  return (
    <Popover position="bottom-start" withinPortal={false} trapFocus>
      <Popover.Target>
        <UnstyledButton className="more" data-testid="columns">
          Columns
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={styles.menu}>
        <ul ref={list}>
          {[...first, ...rest].map(({ id, title }) => {
            const at = shown.indexOf(id);
            return (
              <li key={id}>
                <Checkbox
                  label={title}
                  checked={at >= 0}
                  data-testid={`column:${id}`}
                  onChange={() => onChoose(at >= 0 ? shown.filter((each) => each !== id) : [...shown, id])}
                />
                {at >= 0 &&
                  [-1, 1].map((by) => (
                    <ActionIcon
                      key={by}
                      aria-label={`Move ${title} to the ${by < 0 ? "left" : "right"}`}
                      aria-disabled={at + by < 0 || at + by >= shown.length}
                      data-move={moveId(id, by)}
                      onClick={() => move(id, by)}
                    >
                      {by < 0 ? icons.up : icons.down}
                    </ActionIcon>
                  ))}
              </li>
            );
          })}
        </ul>
        <UnstyledButton className="more" onClick={() => onChoose(null)}>
          Usual columns
        </UnstyledButton>
      </Popover.Dropdown>
    </Popover>
  );
}
