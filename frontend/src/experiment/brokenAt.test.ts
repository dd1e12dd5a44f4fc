import { describe, expect, it } from "vitest";
import { brokenAt } from "./brokenAt";

const WHOLE = ` {"a": [1, -2.5e-3, true, null, "x\\"\\u00e9", {}, []],\n "b": {"c": "d"}} `;

describe("brokenAt", () => {
  it("is null for what JSON.parse reads", () => {
    for (const text of [WHOLE, "0", '""', "[]", "{}", " [1 , 2] "]) {
      JSON.parse(text);
      expect(brokenAt(text), text).toBeNull();
    }
  });

  it("is where a cut text ends", () => {
    for (let length = 1; length < WHOLE.trimEnd().length; length++) {
      const cut = WHOLE.slice(0, length);
      expect(() => JSON.parse(cut)).toThrow();
      const at = brokenAt(cut);
      expect(at, cut).not.toBeNull();
      expect(cut.slice(at ?? 0), cut).toMatch(/^("[^"]*|"x\\.*|[\d.e-]*|[a-z]*|\s*)$/);
    }
  });

  it("is where a sign is wrong", () => {
    expect(brokenAt('{"a": x}')).toBe(6);
    expect(brokenAt('{"a": 1,}')).toBe(8);
    expect(brokenAt("{'a': 1}")).toBe(1);
    expect(brokenAt("[1 2]")).toBe(3);
    expect(brokenAt("[01]")).toBe(2);
    expect(brokenAt("{} {}")).toBe(3);
    expect(brokenAt("")).toBe(0);
    expect(brokenAt("[".repeat(1e6))).toBeGreaterThan(0);
  });
});
