import { expect, test } from "vitest";
import { runText } from "./runText";

test("a run is named among those of its arm", () => {
  const draws = [1, 2].flatMap((draw) => [1, 2].map((seed) => ({ draw, seed })));
  expect(draws.map((each) => runText(each, draws))[0]).toBe("draw 1, seed 1");
  const own = [1, 2].map((seed) => ({ draw: seed, seed }));
  expect(own.map((each) => runText(each, own))).toEqual(["seed 1", "seed 2"]);
  expect(runText({ draw: null, seed: 3 }, [{ draw: null, seed: 3 }])).toBe("seed 3");
});
