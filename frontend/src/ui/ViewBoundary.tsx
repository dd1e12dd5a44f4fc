import { Component, type ReactNode } from "react";
import { Notice } from "./Notice";

/** Reloads the page at its address, unless the service can't be reached: then what is shown stays. */
async function reloadPage(): Promise<void> {
  try {
    await fetch(window.location.href, { cache: "no-store" });
    window.location.reload();
  } catch {
    // Still offline: the message stays.
  }
}

interface Props {
  children: ReactNode;
}

/**
 * Shows a message in place of a part of the page that can't be loaded or drawn; the rest of the page goes on. Trying again reloads
 * the page, because browsers keep the failure of an import, and Vite that of a style sheet. What is shown is in the address.
 */
export class ViewBoundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Notice
        message="This part of the page couldn’t be loaded. Check that you are online, then try again."
        onRetry={() => void reloadPage()}
      />
    );
  }
}
