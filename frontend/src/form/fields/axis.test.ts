import { describe, expect, it } from "vitest";
import { entryOf } from "../../experiment/catalog";
import { catalog } from "../../experiment/fixture";
import { axisWarning, groupName } from "./axis";

const dense = entryOf(catalog.layers, "dense");

const kernel = dense?.weights?.[0];

const bias = dense?.weights?.[1];

describe("axisWarning", () => {
  it("warns where the axis is not each unit's", () => {
    if (!kernel || !bias) throw new Error("no weights");
    expect(axisWarning(null, bias)).toBeNull();
    expect(axisWarning(0, kernel)).toBeNull();
    expect(axisWarning([0], kernel)).toBeNull();
    expect(axisWarning(0, bias)).toContain("the whole vector");
    expect(axisWarning([0, 1], kernel)).toContain("axes 0, 1");
    expect(axisWarning(0, bias, groupName("simplex"))).toContain("all units share one group");
    expect(groupName("l1_norm")).toBe("norm");
    expect(groupName("zero_mean")).toBe("group");
  });
});
