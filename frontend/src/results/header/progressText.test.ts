import { expect, it } from "vitest";
import { connectionText, progressTexts } from "./progressText";

const half = { done: 2000, total: 4000, rate: 500, left: 4 };

it("tells pace and time left only while connected", () => {
  const live = { connection: "live" } as const;
  const lost = { connection: "reconnecting" } as const;
  expect(progressTexts(half, "running", live)).toEqual(["2,000 of 4,000 epochs", "4.0 s left", "500 epochs/s"]);
  expect(progressTexts(half, "running", lost)).toEqual(["2,000 of 4,000 epochs"]);
  expect(progressTexts(half, "paused", live)).toEqual(["2,000 of 4,000 epochs"]);
  expect(progressTexts({ ...half, rate: null, left: null }, "queued", live)).toEqual(["2,000 of 4,000 epochs"]);
});

it("says when the connection was lost, and nothing of the training", () => {
  const lostAt = new Date(2026, 10, 26, 12, 3, 5).getTime();
  expect(connectionText({ connection: "reconnecting", lostAt })).toBe(
    "Offline, reconnecting. Figures are as of 12:03:05",
  );
  expect(connectionText({ connection: "live", lostAt: null })).toBeNull();
});
