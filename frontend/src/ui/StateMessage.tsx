import clsx from "clsx";
import type { ReactNode } from "react";
import styles from "./StateMessage.module.css";

interface Props {
  /** One of `stateIcons`. */
  picture: ReactNode;
  title: ReactNode;
  children?: ReactNode;
  /** Buttons and links: what can be done. */
  actions?: ReactNode;
  /** Stands for a whole page rather than for a part of it. */
  large?: boolean;
  wrong?: boolean;
  testId: string;
}

/** A state in a picture and in words, with what can be done about it. */
export function StateMessage({ picture, title, children, actions, large = false, wrong = false, testId }: Props) {
  return (
    <section
      className={clsx(styles.state, large && styles.large)}
      data-wrong={wrong || undefined}
      role={wrong ? "alert" : "status"}
      data-testid={testId}
    >
      <span className={styles.picture}>{picture}</span>
      <div className={styles.words}>
        {large ? <h1>{title}</h1> : <p className={styles.title}>{title}</p>}
        {children}
      </div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </section>
  );
}
