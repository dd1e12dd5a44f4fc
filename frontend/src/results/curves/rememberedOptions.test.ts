import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CURVE_OPTIONS } from "./curveOptions";
import { rememberedOptions, rememberOptions } from "./rememberedOptions";

function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as unknown as Storage;
}

describe("remembered options", () => {
  beforeEach(() => {
    vi.stubGlobal("localStorage", storage());
    vi.stubGlobal("sessionStorage", storage());
  });
  afterEach(() => vi.unstubAllGlobals());

  it("are for every experiment, but for the zoom, which is one experiment's", () => {
    rememberOptions("a", { ...CURVE_OPTIONS, family: "loss", smoothing: 25, log: true, zoom: [10, 20] });
    expect(rememberedOptions("a")).toEqual({ ...CURVE_OPTIONS, family: "loss", smoothing: 25, zoom: [10, 20] });
    expect(rememberedOptions("b")).toEqual({ ...CURVE_OPTIONS, family: "loss", smoothing: 25 });
    rememberOptions("a", CURVE_OPTIONS);
    expect(rememberedOptions("a")).toEqual(CURVE_OPTIONS);
  });

  it("are as usual where storage is blocked or holds something else", () => {
    localStorage.setItem("curves", "{");
    sessionStorage.setItem("zoom:a", "[5, 1]");
    expect(rememberedOptions("a")).toEqual(CURVE_OPTIONS);
    vi.stubGlobal("localStorage", undefined);
    expect(rememberedOptions("a")).toEqual(CURVE_OPTIONS);
    expect(() => rememberOptions("a", CURVE_OPTIONS)).not.toThrow();
  });
});
