import { UnstyledButton } from "@mantine/core";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";

export interface Tab<Id extends string> {
  id: Id;
  title: string;
}

interface Props<Id extends string> {
  label: string;
  tabs: readonly Tab<Id>[];
  chosen: Id;
  onChoose: (id: Id) => void;
  children: ReactNode;
}

/** How much of the next tab is seen beside the chosen one where there is no room for all. */
const PEEK = 24;

/** Views that take turns in one place. The arrow keys, Home and End move along the tabs. */
export function Tabs<Id extends string>({ label, tabs, chosen, onChoose, children }: Props<Id>) {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.id === chosen);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const index = (to + tabs.length) % tabs.length;
    onChoose((tabs[index] as Tab<Id>).id);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[index]?.focus();
  };
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>(`#tab-${chosen}`);
    if (!list.current || !tab) return;
    const beyond = tab.offsetLeft + tab.offsetWidth - list.current.clientWidth;
    if (beyond > list.current.scrollLeft) list.current.scrollLeft = beyond + PEEK;
  }, [chosen]);
  return (
    <>
      <div className="tabs scrolls" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
        {tabs.map(({ id, title }) => (
          <UnstyledButton
            key={id}
            role="tab"
            id={`tab-${id}`}
            aria-selected={id === chosen}
            aria-controls="tab-panel"
            tabIndex={id === chosen ? 0 : -1}
            onClick={() => onChoose(id)}
            data-testid={`tab:${id}`}
          >
            {title}
          </UnstyledButton>
        ))}
      </div>
      <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${chosen}`} className="tab-panel">
        {children}
      </div>
    </>
  );
}
