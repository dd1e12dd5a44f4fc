import { Modal } from "@mantine/core";
import { Keys } from "./Keys";
import styles from "./Keys.module.css";
import { CONTROL_KEYS, KEYS, type KeyName, keyTexts, MOD, modText } from "./keys";

/** The list of keys. */
export function KeysDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const rows = [
    ...(Object.keys(KEYS) as KeyName[]).map((name) => ({ keys: keyTexts(name), words: KEYS[name].words })),
    ...CONTROL_KEYS.map(({ keys, words }) => ({ keys: keys.map((key) => (key === MOD ? modText() : key)), words })),
  ];
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" size="lg">
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
  );
}
