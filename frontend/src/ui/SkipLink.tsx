import { UnstyledButton } from "@mantine/core";
import styles from "./SkipLink.module.css";

/** Button that is seen once it has the focus, and moves it past the bar, to the first element that `selector` finds. */
export function SkipLink({ selector, children }: { selector: string; children: string }) {
  const skip = () => {
    const target = document.querySelector<HTMLElement>(selector);
    if (!target) return;
    if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
    target.focus();
  };
  return (
    <UnstyledButton className={styles.skip} onClick={skip} data-testid="skip">
      {children}
    </UnstyledButton>
  );
}
