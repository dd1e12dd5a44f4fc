import { type ReactNode, useId } from "react";
import styles from "./Card.module.css";

/** One section of the set-up, under a rule. */
export function Card({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  const heading = useId();
  return (
    <section className={styles.card} aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{title}</h2>
        {aside && <span className={styles.aside}>{aside}</span>}
      </header>
      {children}
    </section>
  );
}
