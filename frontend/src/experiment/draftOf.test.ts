import { describe, expect, it } from "vitest";
import { getIn, setIn } from "./draft";
import { draftOf } from "./draftOf";
import { catalog, draft } from "./fixture";

describe("draftOf", () => {
  it("names the layers that have no name, as the service would", () => {
    const nameless = setIn(draft, ["network", "layers", 0, "name"], null);
    expect(draftOf(nameless, catalog).network.layers[0]?.name).toBe("dense_1");
  });

  it("writes out what the arms leave to the defaults", () => {
    const place = ["arms", 1, "changes", "layers", "hidden", "kernel_constraint"];
    const brief = setIn(draft, place, { kind: "min_max_norm", min_value: 1 });
    const full = { kind: "min_max_norm", min_value: 1, max_value: 1, rate: 1, axis: null };
    expect(getIn(draftOf(brief, catalog), place)).toEqual(full);
    const chained = setIn(draft, place, { kind: "chain", constraints: [{ kind: "non_neg" }, { kind: "max_norm" }] });
    expect(getIn(draftOf(chained, catalog), [...place, "constraints", 1])).toEqual({
      kind: "max_norm",
      max_value: 2,
      axis: null,
    });
  });
});
