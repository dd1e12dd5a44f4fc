import { describe, expect, it } from "vitest";
import type { Json } from "../api/catalog";
import type { Location } from "../api/problem";
import { type Draft, setIn } from "../experiment/draft";
import { catalog, draft } from "../experiment/fixture";
import { check } from "./check";
import { suggestArms } from "./suggest";

const at = (location: Location, value: Json): Draft => setIn(draft, location, value);

describe("suggestArms", () => {
  it("suggests arms that are new and valid", () => {
    const suggested = suggestArms(draft, catalog);
    const likely = suggested.filter((each) => each.group === "Likely next").map(({ arm }) => arm.name);
    expect(likely).toEqual(["max norm 3", "L2 0.001", "dropout rate 0.5", "early stopping, watch test"]);
    const names = suggested.map(({ arm }) => arm.name);
    expect(names).not.toContain("unit norm");
    expect(names).toContain("weight decay 0.004");
    for (const { arm, base } of suggested) {
      const with_ = base?.(draft) ?? draft;
      expect(check({ ...with_, arms: [...with_.arms, arm] }, catalog)).toEqual([]);
    }
    expect(suggested.find(({ base }) => base)?.note).toBe(
      "Adds a Dropout layer after hidden to the shared settings, with rate 0",
    );
    const dropout = { kind: "dropout", name: "drop", rate: 0.5 };
    const dropping = at(["network", "layers"], [...draft.network.layers, dropout]);
    expect(suggestArms(dropping, catalog).map(({ arm }) => arm.name)).toContain("drop rate 0.2");
    const plain = suggested.filter((each) => !each.base);
    const all = { ...draft, arms: [...draft.arms, ...plain.map(({ arm }) => arm)] };
    expect(suggestArms(all, catalog).filter((each) => !each.base)).toEqual([]);
  });
});
