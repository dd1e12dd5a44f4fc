/** Runs `task` when the page has loaded and nothing else is to be done. */
export function whenIdle(task: () => void): void {
  const idle = window.requestIdleCallback ?? ((later: () => void) => setTimeout(later, 200));
  if (document.readyState === "complete") idle(task);
  else window.addEventListener("load", () => idle(task), { once: true });
}
