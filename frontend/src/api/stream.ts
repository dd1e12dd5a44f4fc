import { eventsAddress } from "./client";
import { closes, EVENT_NAMES, type LabEvent } from "./events";

interface StreamHandlers {
  onOpen: () => void;
  onEvent: (event: LabEvent) => void;
  /** The connection is lost; another is being tried. */
  onLost: () => void;
  /** The log no longer holds the events after the last id: load everything again. */
  onReset: () => void;
}

const FIRST_RETRY = 250;
const LONGEST_RETRY = 5_000;
/** Factor by which each wait exceeds the last: after an outage of two seconds, reconnects within 0.7 s. */
const SLOWER = 1.3;

/**
 * Follows an experiment's events after `after`, through lost connections, up to the closing event.
 *
 * An EventSource tries again by itself, but only after 3 s, and gives up where the answer is an error. A service that is
 * started again is there after one: so each lost connection is followed by one of ours, from the last id that was seen.
 */
export function follow(id: string, after: string, handlers: StreamHandlers): { close: () => void } {
  let source: EventSource;
  let last = after;
  let retry = FIRST_RETRY;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const open = () => {
    source = new EventSource(eventsAddress(id, last));
    source.onopen = () => {
      retry = FIRST_RETRY;
      handlers.onOpen();
    };
    source.onerror = () => {
      source.close();
      handlers.onLost();
      timer = setTimeout(open, retry);
      retry = Math.min(LONGEST_RETRY, retry * SLOWER);
    };
    source.addEventListener("reset", () => {
      source.close();
      handlers.onReset();
    });
    for (const name of EVENT_NAMES) {
      source.addEventListener(name, (message: MessageEvent<string>) => {
        last = message.lastEventId;
        const event = { id: last, event: name, data: JSON.parse(message.data) } as LabEvent;
        if (closes(event)) source.close();
        handlers.onEvent(event);
      });
    }
  };
  open();

  return {
    close: () => {
      clearTimeout(timer);
      source.close();
    },
  };
}
