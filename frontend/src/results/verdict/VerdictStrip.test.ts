import { expect, it } from "vitest";
import { moreSeeds } from "./VerdictStrip";

it("asks once for the seeds that all arms need", () => {
  expect(moreSeeds([{ more_seeds: null }, { more_seeds: 10 }, { more_seeds: 25 }])).toBe(25);
  expect(moreSeeds([{ more_seeds: null }])).toBe(0);
  expect(moreSeeds([])).toBe(0);
});
