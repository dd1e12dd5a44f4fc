import { describe, expect, it } from "vitest";
import document from "../../openapi.json";
import { CLAIMS } from "./claims";

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
