import { describe, expect, it } from "vitest";
import document from "../../openapi.json";
import { CLAIM_NAMES, chipText, claimText, figureText, summaryText } from "./claims";

describe("claims in words", () => {
  it("has one for each claim that the service makes but the baseline's", () => {
    const claims = document.components.schemas.ArmVerdictView.properties.claim.enum;
    expect([...CLAIM_NAMES, "baseline"].sort()).toEqual([...claims].sort());
  });

  it("tells most seeds from the average, and says that two are the same", () => {
    expect(claimText("mostly_better", "seed")).toContain("most seeds");
    expect(claimText("better", "seed")).toContain("average");
    expect(claimText("same", "seed")).toContain("same");
    expect(claimText("baseline", "seed")).toBe("");
  });

  it("counts what the study has", () => {
    expect(claimText("mostly_worse", "draw")).toBe("worse in most draws");
    expect(claimText("too_few", "fold")).toBe("needs more folds");
  });

  it("are summed up for many arms", () => {
    const arms = (["baseline", "too_few", "undecided", "mostly_better", "too_few", "undecided"] as const).map(
      (claim) => ({ claim }),
    );
    expect(summaryText(arms, "plain", "seed")).toBe(
      "6 arms, against plain: 1 better in most seeds, 2 without a clear difference, 2 need more seeds",
    );
    expect(summaryText(arms.slice(0, 2), "plain", "seed")).toBe("2 arms, against plain: 1 needs more seeds");
  });
});

describe("an arm in a line", () => {
  const arm = { chip: "no_difference", figure: "+0.3 points on fresh rows" } as const;
  const more = { same_as: null, baseline: false };

  it("has its claim in a word or two", () => {
    expect(chipText(arm)).toBe("No clear difference");
    expect(chipText({ chip: "same" })).toBe("The same");
    expect(chipText({ chip: "never_reached" })).toBe("Never reached");
    expect(chipText({ chip: "too_early" })).toBe("Too early");
    expect(chipText({ chip: null })).toBe("");
  });

  it("has one figure, or the arm that it trained exactly as", () => {
    expect(figureText({ ...arm, ...more })).toBe("+0.3 points on fresh rows");
    expect(figureText({ ...arm, ...more, same_as: "unit norm" })).toBe("same results as unit norm");
    expect(figureText({ ...arm, ...more, chip: "same_as_baseline", same_as: "baseline" })).toBe(
      "the same model, bit for bit",
    );
    expect(figureText({ ...arm, ...more, chip: "never_reached" })).toBe("trained as the baseline did");
    expect(figureText({ ...arm, ...more, baseline: true })).toBe("");
    expect(figureText(undefined)).toBe("");
  });
});
