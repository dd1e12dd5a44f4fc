import { expect, test } from "vitest";
import { addText, drawsToOffer, isOpenToDraws, looksText, moreSeeds, seedsToOffer } from "./looksText";

test("looks without a plan are counted once seeds were added", () => {
  expect(looksText(1, null, "seed")).toBeNull();
  expect(looksText(2, null, "seed")).toBe("Look 2: seeds were added once.");
  expect(looksText(3, null, "seed")).toBe("Look 3: seeds were added 2 times.");
});

test("looks are told against their plan", () => {
  expect(looksText(1, 5, "seed")).toBe("Look 1 of 5.");
  expect(looksText(5, 5, "seed")).toBe("Look 5 of 5.");
  expect(looksText(2, 1, "seed")).toBe("Look 2, beyond the 1 that were planned: this needs far more evidence.");
});

test("an offer of seeds says which look they make", () => {
  expect(addText(1, "seed", 1, null)).toBe("Add 1 seed to every arm");
  expect(addText(10, "seed", 1, 3)).toBe("Add 10 seeds (look 2 of 3)");
  expect(addText(10, "seed", 3, 3)).toBe("Add 10 seeds (beyond the plan)");
  expect(addText(10, "seed", 4, 3)).toBe("Add 10 seeds (beyond the plan)");
});

test("planned looks are offered even where no number of seeds is known to be enough", () => {
  const arms = (more_seeds: number | null) =>
    [
      { chip: null, more_seeds: null },
      { chip: "no_difference", more_seeds },
    ] as const;
  expect(seedsToOffer(arms(12), 10, 1, 3)).toBe(12);
  expect(seedsToOffer(arms(null), 10, 2, 3)).toBe(10);
  expect(seedsToOffer(arms(null), 10, 3, 3)).toBe(0);
  expect(seedsToOffer(arms(null), 10, 1, null)).toBe(0);
});

test("no seeds are offered where no arm was put to the test", () => {
  const baseline = { chip: null, more_seeds: null } as const;
  const idle = { chip: "never_reached", more_seeds: null } as const;
  expect(seedsToOffer([baseline, idle], 10, 1, 3)).toBe(0);
  expect(seedsToOffer([baseline, idle, { chip: "helps", more_seeds: null }], 10, 1, 3)).toBe(10);
});

test("seeds are asked for once, as many as all arms need", () => {
  expect(moreSeeds([{ more_seeds: null }, { more_seeds: 10 }, { more_seeds: 25 }])).toBe(25);
  expect(moreSeeds([{ more_seeds: null }])).toBe(0);
  expect(moreSeeds([])).toBe(0);
});

test("draws are offered while an answer is open or planned looks are left", () => {
  const arms = (chip: "helps" | "no_difference" | "never_reached") => [{ chip: null }, { chip }];
  expect(addText(20, "draw", 1, null)).toBe("Add 20 draws to every arm");
  expect(looksText(2, null, "draw")).toBe("Look 2: runs were added once.");
  expect(drawsToOffer(arms("no_difference"), 20, 1, null)).toBe(20);
  expect(drawsToOffer(arms("helps"), 20, 1, null)).toBe(0);
  expect(drawsToOffer(arms("helps"), 20, 1, 3)).toBe(20);
  expect(drawsToOffer(arms("helps"), 20, 3, 3)).toBe(0);
  expect(drawsToOffer(arms("never_reached"), 20, 1, 3)).toBe(0);
  expect([arms("never_reached"), arms("helps")].map(isOpenToDraws)).toEqual([false, true]);
});
