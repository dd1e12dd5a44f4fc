import { expect, it } from "vitest";
import { closes, type LabEvent } from "../api/events";
import { isClosed, STATUSES } from "./status";

it.each(STATUSES)("%s is closed if its event ends the stream", (status) => {
  expect(isClosed(status)).toBe(Boolean(closes({ id: "1-0", event: `experiment_${status}`, data: {} } as LabEvent)));
});
