import { Combobox, Modal, TextInput, useCombobox } from "@mantine/core";
import clsx from "clsx";
import { useEffect, useId, useReducer, useState } from "react";
import styles from "./CommandDialog.module.css";
import { useOfferedCommands } from "./commands";
import { icons } from "./icons";
import { Keys } from "./Keys";
import { keyTexts } from "./keys";
import { ranked } from "./ranked";

/** Finds a place, a preset, a view or an action by its name, and goes there or does it. */
export function CommandDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal.Root opened={opened} onClose={onClose} padding={8} size="md" yOffset="12vh">
      <Modal.Overlay backgroundOpacity={0.4} />
      <Modal.Content aria-label="Commands" transitionProps={{ duration: 0 }}>
        <Modal.Body>
          <Found onDone={onClose} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

function Found({ onDone }: { onDone: () => void }) {
  const commands = useOfferedCommands();
  const [query, setQuery] = useState("");
  const combobox = useCombobox({ opened: true });
  const choices = commands.map((command) => ({ ...command, value: command.id, label: command.title }));
  const found = ranked(choices, query);
  const groups = [...new Set(found.map((each) => each.group))];
  const { selectFirstOption } = combobox;
  // The field names the list as what it controls once that is drawn.
  const list = useId();
  const [, drawAgain] = useReducer((times: number) => times + 1, 0);
  useEffect(drawAgain, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is found changes with the query
  useEffect(() => {
    selectFirstOption();
  }, [query, selectFirstOption]);
  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(id) => {
        onDone();
        commands.find((command) => command.id === id)?.run();
      }}
    >
      <Combobox.EventsTarget withExpandedAttribute>
        <TextInput
          size="sm"
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
          // The combobox keeps Escape from the dialog.
          onKeyDown={(event) => event.key === "Escape" && onDone()}
          leftSection={icons.search}
          placeholder="Find a place, a preset, a view or an action"
          aria-label="Find a command"
          data-autofocus
          data-testid="palette"
        />
      </Combobox.EventsTarget>
      <Combobox.Options id={list} mt={8} mah="56vh" style={{ overflowY: "auto" }} aria-label="Commands">
        {found.length === 0 && <Combobox.Empty>Nothing is called that</Combobox.Empty>}
        {groups.map((group) => (
          <Combobox.Group key={group} label={capital(group)}>
            {found
              .filter((each) => each.group === group)
              .map(({ id, title, summary, key }) => (
                <Combobox.Option key={id} value={id} className={styles.option} data-testid={`command:${id}`}>
                  <span>
                    {title}
                    {summary && <span className={clsx("hint", styles.summary)}>{summary}</span>}
                  </span>
                  {key && <Keys texts={keyTexts(key)} />}
                </Combobox.Option>
              ))}
          </Combobox.Group>
        ))}
      </Combobox.Options>
    </Combobox>
  );
}
