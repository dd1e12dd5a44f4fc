import { describe, expect, it } from "vitest";
import type { Json } from "../api/catalog";
import type { Location } from "../api/problem";
import { type Draft, getIn, setIn } from "./draft";
import { draft } from "./fixture";

const at = (location: Location, value: Json): Draft => setIn(draft, location, value);

describe("setIn", () => {
  it("shares what it does not change, and removes what is set to undefined", () => {
    const changed = at(["dataset", "noise"], 0.5);
    expect(changed.network).toBe(draft.network);
    expect(getIn(changed, ["dataset", "noise"])).toBe(0.5);
    expect(setIn(draft, ["arms", 0], undefined).arms.map((arm) => arm.name)).toEqual(["unit norm"]);
    expect(setIn(draft, ["arms", 1, "changes", "layers", "hidden"], undefined).arms[1]?.changes.layers).toEqual({});
  });
});
