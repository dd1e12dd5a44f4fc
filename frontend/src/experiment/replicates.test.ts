import { expect, test } from "vitest";
import { draft } from "./fixture";
import { drawsText, furtherDraws, replicatesOf, roomForSeeds, seedsFor, unitOf, withDraws } from "./replicates";

const seeds = [1, 2, 3];
const varied = (split: Record<string, number | boolean>) => ({ ...draft, seeds, split: { ...draft.split, ...split } });

test("replicates are the draws in order, each with the seeds in order", () => {
  expect(replicatesOf(varied({}))).toEqual(seeds.map((seed) => ({ draw: null, seed })));
  expect(replicatesOf(varied({ draws: 2 }))).toEqual([1, 2].flatMap((draw) => seeds.map((seed) => ({ draw, seed }))));
  expect(replicatesOf(varied({ folds: 2, fold_repeats: 2 })).map(({ draw }) => draw)).toEqual([
    1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4,
  ]);
});

test("each seed has a draw of its own where rows are resampled", () => {
  expect(replicatesOf(varied({ resample: true }))).toEqual(seeds.map((seed) => ({ draw: seed, seed })));
});

test("draws are named by what they are", () => {
  expect([{}, { resample: true }, { draws: 1 }, { folds: 5 }].map((split) => drawsText(varied(split)))).toEqual([
    "",
    "",
    "1 draw",
    "5 folds",
  ]);
});

test("an experiment on one draw goes on with others, of two seeds each", () => {
  const more = withDraws(varied({}), 20);
  expect([more.seeds, more.split.draws]).toEqual([[1, 2], 20]);
});

test("so many draws are proposed as an experiment may have, and none where rows vary already", () => {
  const posted = (split: object, arms: number) =>
    ({ split, arms: Array.from({ length: arms }, (_, i) => ({ name: `${i}` })) }) as never;
  expect([4, 26, 64].map((arms) => furtherDraws(posted({}, arms)))).toEqual([20, 4, 2]);
  expect([{ draws: 3 }, { folds: 5 }, { resample: true }].map((split) => furtherDraws(posted(split, 4)))).toEqual([
    0, 0, 0,
  ]);
});

test("what an answer counts is named", () => {
  expect([{}, { resample: true }, { draws: 3 }, { folds: 5 }].map((split) => unitOf({ split } as never))).toEqual([
    "seed",
    "draw",
    "draw",
    "fold",
  ]);
});

test("seeds are added where they fit, and only where they add to what is counted", () => {
  const view = (split: object, arms: number) =>
    ({ experiment: { split, seeds }, arms: Array.from({ length: arms }, () => ({})) }) as never;
  expect([4, 25, 64, 200].map((arms) => roomForSeeds(view({}, arms)))).toEqual([61, 7, 1, 0]);
  expect(roomForSeeds(view({ folds: 5, fold_repeats: 2 }, 2))).toBe(9);
  expect([6, 7, 8, 0, -1].map((missing) => seedsFor(missing, view({}, 25)))).toEqual([6, 7, 0, 0, 0]);
  expect([{ resample: true }, { draws: 3 }, { folds: 5 }].map((split) => seedsFor(1, view(split, 2)))).toEqual([
    1, 0, 0,
  ]);
});
