import { describe, expect, it } from "vitest";
import type { NumberSpec } from "../../experiment/catalog";
import { stepped } from "./step";

const spec = (own: Partial<NumberSpec>): NumberSpec => ({
  type: "number",
  name: "n",
  title: "N",
  phrase: "n",
  description: "",
  default: 1,
  nullable: false,
  integer: false,
  log: false,
  ...own,
});

describe("stepped", () => {
  it("goes by the schema's step, without noise digits", () => {
    expect(stepped(spec({ step: 0.05 }), 0.2, true)).toBe(0.25);
    expect(stepped(spec({ step: 0.1 }), 0.3, false)).toBe(0.2);
  });

  it("goes along 1, 2, 5 where the range is wide", () => {
    const wide = spec({ log: true });
    expect([0.001, 0.002, 0.005, 0.01].map((value) => stepped(wide, value, true))).toEqual([0.002, 0.005, 0.01, 0.02]);
    expect([10, 5, 2, 1].map((value) => stepped(wide, value, false))).toEqual([5, 2, 1, 0.5]);
    expect(stepped(spec({ log: true, integer: true }), 4000, true)).toBe(5000);
  });

  it("doubles powers of two", () => {
    const batch = spec({ log: true, integer: true, min: 1 });
    expect([stepped(batch, 32, true), stepped(batch, 32, false)]).toEqual([64, 16]);
  });

  it("stays within limits, and off those that are excluded", () => {
    expect(stepped(spec({ step: 0.5, max: 1 }), 0.8, true)).toBe(1);
    expect(stepped(spec({ step: 0.05, below: 1 }), 0.95, true)).toBe(0.95);
    expect(stepped(spec({ log: true, integer: true, min: 1 }), 1, false)).toBe(1);
    expect(stepped(spec({ log: true, integer: true, min: 1 }), 3, false)).toBe(2);
  });
});
