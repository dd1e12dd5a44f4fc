import { Tabs, VisuallyHidden } from "@mantine/core";
import clsx from "clsx";
import { type ReactNode, useEffect, useRef } from "react";
import styles from "./ViewTabs.module.css";
import type { ResultsView } from "./views";

/** Pixels of the next tab that stay visible beside the chosen one when not all fit. */
const PEEK = 24;
const PLAIN = { border: 0, background: "none", fontFamily: "inherit", cursor: "pointer" } as const;

interface Props {
  views: readonly ResultsView[];
  chosen: string;
  onChoose: (id: string) => void;
  /** What stands in the row of the tabs, beside them. */
  aside: ReactNode;
  /** The chosen view. */
  children: ReactNode;
}

/** A tab for each view, and the chosen view below them. */
export function ViewTabs({ views, chosen, onChoose, aside, children }: Props) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>(`[data-testid="tab:${chosen}"]`);
    if (!list.current || !tab) return;
    const beyond = tab.offsetLeft + tab.offsetWidth - list.current.clientWidth;
    if (beyond > list.current.scrollLeft) list.current.scrollLeft = beyond + PEEK;
  }, [chosen]);
  return (
    <Tabs unstyled keepMounted={false} value={chosen} onChange={(id) => id && onChoose(id)}>
      <div className={styles.row}>
        <Tabs.List ref={list} className={clsx("scrolls", styles.tabs)} aria-label="Views">
          {views.map(({ id, title }) => (
            <Tabs.Tab
              key={id}
              value={id}
              style={PLAIN}
              // Home and End move the focus alone.
              onFocus={() => id !== chosen && onChoose(id)}
              data-testid={`tab:${id}`}
            >
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {aside}
      </div>
      {views.map(({ id, title }) => (
        <Tabs.Panel key={id} value={id} className={styles.panel}>
          <VisuallyHidden component="h2">{title}</VisuallyHidden>
          {id === chosen && children}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
