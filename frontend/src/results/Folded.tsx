import { type ReactNode, useState } from "react";
import viewStyles from "./view.module.css";

interface Props {
  title: string;
  testId?: string;
  /** Makes what is folded. It is made once somebody opens it: large tables cost a phone a tenth of a second. */
  children: () => ReactNode;
}

/** Something that is shown when it is asked for. */
export function Folded({ title, testId, children }: Props) {
  const [opened, setOpened] = useState(false);
  return (
    <details
      className={viewStyles.details}
      data-testid={testId}
      onToggle={(event) => event.currentTarget.open && setOpened(true)}
    >
      <summary>{title}</summary>
      {opened && children()}
    </details>
  );
}
