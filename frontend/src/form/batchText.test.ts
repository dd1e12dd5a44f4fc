import { expect, it } from "vitest";
import { batchText } from "./batchText";

it("names the batch that is used where there are fewer rows", () => {
  expect(batchText(4096, 3000)).toBe("All 3,000 training rows make one batch: 3,000 is used, one update an epoch.");
  expect(batchText(3000, 3000)).toBeNull();
  expect(batchText("many", 30)).toBeNull();
  expect(batchText(32, undefined)).toBeNull();
});
