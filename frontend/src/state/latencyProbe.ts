/** Times at which chunks of epochs were received and painted, to measure how far the screen lags behind the log. */
interface Painted {
  eventId: string;
  receivedAt: number;
  paintedAt: number;
}

declare global {
  interface Window {
    __lab?: { painted: Painted[] };
  }
}

const KEPT = 4_000;

/** Notes that the events were on the screen at `paintedAt`; the last few thousand are kept on `window.__lab.painted`. */
export function recordPainted(events: readonly { id: string; receivedAt: number }[], paintedAt: number): void {
  window.__lab ??= { painted: [] };
  const { painted } = window.__lab;
  for (const { id, receivedAt } of events) painted.push({ eventId: id, receivedAt, paintedAt });
  if (painted.length > KEPT) painted.splice(0, painted.length - KEPT);
}
