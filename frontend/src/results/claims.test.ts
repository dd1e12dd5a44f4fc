import { describe, expect, it } from "vitest";
import document from "../../openapi.json";
import { CLAIMS, chipText, figureText } from "./claims";

describe("claims in words", () => {
  it("has one for each claim that the service makes but the baseline's", () => {
    const claims = document.components.schemas.ArmVerdictView.properties.claim.enum;
    expect([...Object.keys(CLAIMS), "baseline"].sort()).toEqual([...claims].sort());
  });

  it("tells most seeds from the average, and says that two are the same", () => {
    expect(CLAIMS.mostly_better).toContain("most seeds");
    expect(CLAIMS.better).toContain("average");
    expect(CLAIMS.same).toContain("same");
  });
});

describe("an arm in a line", () => {
  const arm = { chip: "no_difference", claim: "undecided", figure: "+0.3 points on fresh rows" } as const;
  const more = { same_as: null, baseline: false };

  it("has its claim in a word or two", () => {
    expect(chipText(arm)).toBe("No clear difference");
    expect(chipText({ ...arm, claim: "same" })).toBe("The same");
    expect(chipText({ chip: "too_early", claim: "too_few" })).toBe("Too early to say");
    expect(chipText({ chip: null, claim: "baseline" })).toBe("");
  });

  it("has one figure, or the arm that it trained exactly as", () => {
    expect(figureText({ ...arm, ...more })).toBe("+0.3 points on fresh rows");
    expect(figureText({ ...arm, ...more, same_as: "unit norm" })).toBe("same results as unit norm");
    expect(figureText({ ...arm, ...more, chip: "same_as_baseline", same_as: "baseline" })).toBe(
      "the same model, bit for bit",
    );
    expect(figureText({ ...arm, ...more, baseline: true })).toBe("");
    expect(figureText(undefined)).toBe("");
  });
});
