import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bytes, duration, figure, halfFigure, pace, spreadText, together, unbroken } from "./format";

describe("together", () => {
  it("says once what is the same for several layers", () => {
    expect(together(["a kernel: L2 0.1", "b kernel: L2 0.1", "a bias: unit norm", "flat", "epochs 3"])).toEqual([
      "a, b kernel: L2 0.1",
      "a bias: unit norm",
      "flat",
      "epochs 3",
    ]);
  });
});

describe("duration", () => {
  it.each([
    [0.84, "0.8 s"],
    [9.97, "10 s"],
    [59.7, "1 min 0 s"],
    [299.8, "5 min 0 s"],
    [3599.9, "1 h 0 min"],
    [7500, "2 h 5 min"],
  ])("says %s seconds as %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe("bytes", () => {
  it.each([
    [800_000, "800 kB"],
    [1_340_000_000, "1.3 GB"],
    [12_400_000, "12 MB"],
    [999_600_000, "1.0 GB"],
    [0, "0.0 kB"],
    [2.5e15, "2500 TB"],
  ])("says %s as %s", (value, text) => {
    expect(bytes(value)).toBe(text);
  });
});

describe("pace", () => {
  it.each([
    [1.02, "1 epoch/s"],
    [1.44, "1.4 epochs/s"],
    [9.97, "10 epochs/s"],
    [1234, "1,234 epochs/s"],
  ])("says %s as %s", (rate, text) => {
    expect(pace(rate)).toBe(text);
  });
});

describe("figure", () => {
  const { figures } = JSON.parse(readFileSync(new URL("../../tests/golden/figures.json", import.meta.url), "utf8")) as {
    figures: [number | null, number, string][];
  };

  it("is shown as the report and the sentences show it", () => {
    expect(figures.length).toBeGreaterThan(81);
    expect(figures.map(([value, digits]) => figure(value, digits))).toEqual(figures.map(([, , text]) => text));
  });

  it("reads the same in single and in double precision", () => {
    for (const value of [0.9125, 0.0125, 0.3375]) expect(figure(Math.fround(value))).toBe(figure(value));
  });
});

it("takes the rounding of single precision for no spread", () => {
  expect(spreadText({ mean: 0.9142857, sd: 2e-6 })).toBe("0.914 ±\u00a00.000");
  expect(spreadText({ mean: 0.9142857, sd: 2e-4 })).toBe("0.914 ±\u00a02.0e−4");
  expect(spreadText({ mean: 2e-5, sd: 2e-6 })).toBe("2.0e−5 ±\u00a02.0e−6");
  expect(spreadText({ mean: 0.5, sd: null })).toBe("0.500");
});

it("keeps p and its value on one line", () => {
  expect(unbroken("better (p = 0.03), and (p < 0.001)")).toBe("better (p\u00a0=\u00a00.03), and (p\u00a0<\u00a00.001)");
});

it("shows no digits that half precision doesn't bear", () => {
  // 2.11353 and 2.1133, the nearest number in half precision, are the same figure.
  expect([2.11353, 2.11328125].map(halfFigure)).toEqual(["2.11", "2.11"]);
  expect([0, 0.0632, 15.26, -0.5].map(halfFigure)).toEqual(["0.00", "0.0632", "15.3", "−0.500"]);
  expect(halfFigure(undefined)).toBe("–");
});
