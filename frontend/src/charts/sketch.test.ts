import { describe, expect, it } from "vitest";
import { plotLayout } from "./plotLayout";
import type { Axis, Figure, Trace } from "./plotly";
import { canSketch, sketched } from "./sketch";

const line = (x: number[], y: number[], more: Partial<Trace> = {}): Trace => ({
  type: "scatter",
  mode: "lines",
  x,
  y,
  line: { color: "#123456", width: 1.6, dash: "solid" },
  hoverinfo: "skip",
  ...more,
});

/** A figure of 166 × 130 pixels, of which 100 × 100 are the plotting area, from (40, 8) on. */
function figureOf(data: Trace[], x: Axis = { range: [0, 100] }, y: Axis = { range: [0, 1] }): Figure {
  return { data, layout: plotLayout({ width: 166, height: 130 }, "light", x, y) };
}

const texts = (figure: Figure) => sketched(figure).labels.map(({ text }) => text);

describe("a sketch", () => {
  it("has each point where the axes say", () => {
    const { strokes } = sketched(figureOf([line([0, 50, 100], [0, 0.5, 1])]));
    expect(strokes).toEqual([{ d: "M40,108L90,58L140,8", colour: "#123456", width: 1.6, dashes: undefined }]);
  });

  it("has a hole where a figure is not known, and no line of one that has no width", () => {
    const [one, ...others] = sketched(
      figureOf([
        line([0, 50, 100], [0, Number.NaN, 1]),
        line([0, 1], [0, 1], { line: { color: "#000000", width: 0 } }),
      ]),
    ).strokes;
    expect(one?.d).toBe("M40,108M140,8");
    expect(others).toEqual([]);
  });

  it("dashes test curves, and dots limits, as Plotly does", () => {
    const of = (dash: "dash" | "dot") => line([0, 1], [0, 1], { line: { color: "#000000", width: 1, dash } });
    expect(sketched(figureOf([of("dash"), of("dot")])).strokes.map(({ dashes }) => dashes)).toEqual(["9,9", "3,3"]);
  });

  it("fills a shape, and what lies between a line and the one before it", () => {
    const band = line([0, 100, 100, 0], [0.2, 0.2, 0.1, 0.1], { fill: "toself", fillcolor: "red" });
    const gap = line([0, 100], [0.5, 0.5], { fill: "tonexty", fillcolor: "blue" });
    expect(sketched(figureOf([band, line([0, 100], [1, 1]), gap])).fills).toEqual([
      { d: "M40,88L140,88L140,98L40,98Z", colour: "red" },
      { d: "M40,8L140,8L140,58L40,58Z", colour: "blue" },
    ]);
  });

  it("numbers its axes at round steps, few enough, or where the axis says", () => {
    expect(
      texts(figureOf([], { range: [0, 4000], nticks: 6, separatethousands: true }, { range: [0.5, 1.015] })),
    ).toEqual(["0", "1,000", "2,000", "3,000", "4,000", "0.5", "0.6", "0.7", "0.8", "0.9", "1"]);
    const log: Axis = {
      type: "log",
      range: [0, 2],
      tickvals: [1, 10, 100, 1000],
      ticktext: ["1", "10", "100", "1,000"],
    };
    expect(texts(figureOf([], log, { range: [-1, 1], nticks: 4 }))).toEqual([
      "1",
      "10",
      "100",
      "−1",
      "−0.5",
      "0",
      "0.5",
      "1",
    ]);
  });

  it("places figures on a logarithmic axis", () => {
    const [stroke] = sketched(
      figureOf([line([1, 10, 100], [0, 0, 0])], { type: "log", range: [0, 2], tickvals: [] }),
    ).strokes;
    expect(stroke?.d).toBe("M40,108L90,108L140,108");
  });

  it("is made only of lines between ends that are known", () => {
    expect(canSketch(figureOf([line([], [])]))).toBe(true);
    expect(canSketch(figureOf([line([], [], { mode: "markers" })]))).toBe(false);
    expect(canSketch(figureOf([], { autorange: true }))).toBe(false);
  });
});
