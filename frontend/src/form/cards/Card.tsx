import { Skeleton, UnstyledButton } from "@mantine/core";
import { type ReactNode, Suspense, useContext, useEffect, useId, useRef } from "react";
import { icons } from "../../ui/icons";
import { ViewBoundary } from "../../ui/ViewBoundary";
import { OpenCardContext, useSelected } from "../context";
import styles from "./Card.module.css";

interface Props {
  title: string;
  /** What is chosen in it, in a line. */
  line?: ReactNode;
  /** Places in the draft whose fields are in it. */
  places: readonly string[];
  /** What is known of it, while it is open. */
  aside?: ReactNode;
  children: ReactNode;
}

/** One section of the set-up: a line that opens it. One is open at a time. */
export function Card({ title, line, places, aside, children }: Props) {
  const heading = useId();
  const [openCard, choose] = useContext(OpenCardContext);
  const open = openCard === title;
  const wrong = useSelected(({ problems }) => places.some((place) => problems.under(place.split("/"))));
  const section = useRef<HTMLElement>(null);
  const before = useRef(open);
  useEffect(() => {
    if (open && !before.current) section.current?.scrollIntoView({ block: "nearest" });
    before.current = open;
  }, [open]);
  return (
    <section
      ref={section}
      className={styles.card}
      aria-labelledby={heading}
      data-open={open || undefined}
      data-places={places.join(" ")}
      tabIndex={-1}
    >
      <UnstyledButton
        className={styles.opener}
        data-opener
        aria-expanded={open}
        data-testid={`card:${title.toLowerCase()}`}
        onClick={() => choose(open ? null : title)}
      >
        <h2 id={heading}>{title}</h2>
        <span className={styles.line} data-wrong={wrong || undefined}>
          {!open && wrong ? "to be fixed" : open ? aside : line}
        </span>
        <span className={styles.chevron} aria-hidden="true">
          {icons.down}
        </span>
      </UnstyledButton>
      {open && (
        <div className={styles.body}>
          <ViewBoundary>
            <Suspense fallback={<Skeleton height={160} role="status" aria-label="Loading" />}>{children}</Suspense>
          </ViewBoundary>
        </div>
      )}
    </section>
  );
}
