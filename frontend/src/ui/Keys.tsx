import { Kbd } from "@mantine/core";
import styles from "./Keys.module.css";

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
