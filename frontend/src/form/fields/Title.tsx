import { Tooltip } from "@mantine/core";
import styles from "./Title.module.css";

/** A field's title; what it means shows when it is pointed at, and is told to screen readers with the field. */
export function Title({ title, description }: { title: string; description: string }) {
  if (!description) return <>{title}</>;
  return (
    <Tooltip label={description} multiline maw={260} openDelay={250} position="top-start">
      <span className={styles.explained}>{title}</span>
    </Tooltip>
  );
}
