import { describe, expect, it } from "vitest";
import { experimentIn, isOffered, pathText, Unreadable } from "./received";

describe("experimentIn", () => {
  it("reads an experiment, and one within an answer of the lab", () => {
    const experiment = { dataset: { kind: "moons" }, network: { layers: [] } };
    expect(experimentIn(JSON.stringify(experiment, null, 2))).toEqual(experiment);
    expect(experimentIn(JSON.stringify({ id: "a", experiment }))).toEqual(experiment);
  });

  it("says where a text is no JSON", () => {
    expect(() => experimentIn('{\n  "seeds": [1,],\n}')).toThrow(
      new Unreadable("It is no JSON from line 2, column 15 on"),
    );
  });

  it("refuses JSON of another kind", () => {
    for (const text of ["[]", "3", "null", '"x"']) expect(() => experimentIn(text), text).toThrow(/no experiment/);
  });
});

it("takes an object or a list of objects for something that is offered, and says that one experiment is wanted", () => {
  expect(['{"seeds": [1]}', '[{"seeds": [1]}]', "[\n  {"].map(isOffered)).toEqual([true, true, true]);
  expect(["", "[1] See below", "a {b}"].map(isOffered)).toEqual([false, false, false]);
  expect(() => experimentIn('[{"seeds": [1]}]')).toThrow(/one is wanted, an object with/);
});

it("a path is written as in programs", () => {
  expect(pathText(["network", "layers", 0, "units"])).toBe("network.layers[0].units");
  expect(pathText([])).toBe("");
});
