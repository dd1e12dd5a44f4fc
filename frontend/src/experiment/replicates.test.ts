import { expect, test } from "vitest";
import { draft } from "./fixture";
import {
  addableDraws,
  drawsText,
  furtherDraws,
  replicatesOf,
  roomForSeeds,
  seedsFor,
  sizeText,
  unitOf,
  withBinding,
  withDraws,
} from "./replicates";

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
  expect(furtherDraws({ split: {}, arms: [], dataset: { kind: "table", test_file: "f" } } as never)).toBe(0);
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

test("experiments of one name are told apart by their size", () => {
  expect(sizeText({ arms: [1, 2], seeds: 10, draws: null, epochs: 4000 })).toBe("2 arms × 10 seeds, 4,000 epochs");
  expect(sizeText({ arms: [1, 2], seeds: 2, draws: 20, epochs: 10 })).toBe("2 arms × 20 draws × 2 seeds, 10 epochs");
  expect(sizeText({ arms: [1], seeds: 1, draws: null, epochs: 1 })).toBe("1 arm × 1 seed, 1 epoch");
});

test("draws are added where there are draws, and only so many as fit", () => {
  const of = (draws: number | null, arms: number, seeds = [1]) =>
    addableDraws({ experiment: { split: { draws }, seeds }, arms: Array.from({ length: arms }) } as never);
  expect(of(3, 2)).toBe(20);
  expect(of(120, 2)).toBe(8);
  expect(of(128, 2)).toBe(0);
  expect(of(3, 2, [1, 2, 3])).toBe(20);
  expect(of(null, 2)).toBe(0);
});

test("arms whose limits bind stand in the place of those that were never held back", () => {
  const arm = (name: string, point: number[] | null = null) => ({ name, changes: {}, family: null, point });
  const experiment = {
    arms: [arm("baseline"), arm("max norm 3"), arm("L2"), arm("swept", [2])],
    prediction: "max norm 3",
  } as unknown as Parameters<typeof withBinding>[0];
  const proposed = [arm("max norm 0.3")] as unknown as Parameters<typeof withBinding>[1]["arms"];
  const made = withBinding(experiment, { arms: proposed, replaced: ["max norm 3"] });
  expect(made.arms?.map(({ name }) => name)).toEqual(["baseline", "L2", "max norm 0.3"]);
  expect([made.sweep, made.prediction]).toEqual([null, null]);
});
