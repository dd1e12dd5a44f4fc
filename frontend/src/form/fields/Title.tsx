import { Tooltip } from "@mantine/core";
import styles from "./Title.module.css";

/** A field's title, with its description as a tooltip. Screen readers get the description with the control. */
export function Title({ title, description }: { title: string; description: string }) {
  if (!description) return <>{title}</>;
  return (
    <Tooltip label={description} multiline maw={260} openDelay={250} position="top-start">
      <span className={styles.explained}>{title}</span>
    </Tooltip>
  );
}
