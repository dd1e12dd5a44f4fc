import { describe, expect, it } from "vitest";
import type { CheckView } from "../api/types";
import { draft } from "../experiment/fixture";
import { estimateText } from "./estimateText";

const viewWith = (words: string | null): CheckView => ({
  problems: [],
  warnings: [],
  layers: [],
  arms: [],
  estimate: words === null ? null : { seconds: 40, runs: 1, epochs: 1, bytes: 12e6, programs: 1, words },
});

describe("comingText", () => {
  const before = { ...draft };

  it("are the service's", () => {
    const checked = { draft, view: viewWith("about 40 s, 12 MB") };
    expect(estimateText({ draft, checked, answered: draft })).toBe("about 40 s, 12 MB");
  });

  it("stay while the service is asked about a change, and go where it has no answer", () => {
    const checked = { draft: before, view: viewWith("about 40 s, 12 MB") };
    expect(estimateText({ draft, checked, answered: before })).toBe("about 40 s, 12 MB");
    expect(estimateText({ draft, checked, answered: draft })).toBeNull();
  });

  it("are none before the first answer, or where something is wrong", () => {
    expect(estimateText({ draft, checked: null, answered: null })).toBeNull();
    expect(estimateText({ draft, checked: { draft, view: viewWith(null) }, answered: draft })).toBeNull();
  });
});
