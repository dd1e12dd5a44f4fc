import { ActionIcon, Kbd, Modal } from "@mantine/core";
import { useState } from "react";
import { useCommands } from "./commands";
import styles from "./Keys.module.css";
import { CONTROL_KEYS, KEYS, type KeyName, keyTexts, MOD, modText, useKey } from "./keys";

/** Keys side by side, as they are written on the keyboard. */
export function Keys({ texts }: { texts: readonly string[] }) {
  return (
    <span className={styles.pressed}>
      {texts.map((text) => (
        <Kbd key={text} size="xs">
          {text}
        </Kbd>
      ))}
    </span>
  );
}

/** Button that opens the list of keys, as `?` does. */
export function KeysButton() {
  const [opened, setOpened] = useState(false);
  const open = () => setOpened(true);
  useKey("help", open);
  useCommands([{ id: "keys", title: "Show the keys", group: "page", key: "help", run: open }]);
  const rows = [
    ...(Object.keys(KEYS) as KeyName[]).map((name) => ({ keys: keyTexts(name), words: KEYS[name].words })),
    ...CONTROL_KEYS.map(({ keys, words }) => ({ keys: keys.map((key) => (key === MOD ? modText() : key)), words })),
  ];
  return (
    <>
      <ActionIcon aria-label="Show the keys" title="Keys (?)" onClick={open} data-testid="keys">
        ?
      </ActionIcon>
      <Modal opened={opened} onClose={() => setOpened(false)} title="Keys" size="lg">
        <table className={styles.keys}>
          <tbody>
            {rows.map(({ keys, words }) => (
              <tr key={words}>
                <th scope="row">
                  <Keys texts={keys} />
                </th>
                <td>{words}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Modal>
    </>
  );
}
