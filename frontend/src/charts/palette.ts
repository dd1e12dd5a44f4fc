import type { Scheme } from "../ui/scheme";

/**
 * Colours of data. Arms take Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), which is told apart with every
 * form of colour blindness; the order puts first those that stand out from both a light and a dark ground. The baseline
 * is grey. An arm keeps its colour in every chart and table.
 */
const OKABE_ITO = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#b8a800"] as const;

/** Lines on a dark ground need a lighter blue to be read; the others serve on both. */
const ON_DARK: Readonly<Record<string, string>> = { "#0072b2": "#3d9fe0" };

const BASELINE: Record<Scheme, string> = { light: "#5c636b", dark: "#a9b0b8" };

export function armColour(index: number, scheme: Scheme): string {
  if (index === 0) return BASELINE[scheme];
  const colour = OKABE_ITO[(index - 1) % OKABE_ITO.length] as string;
  return scheme === "dark" ? (ON_DARK[colour] ?? colour) : colour;
}

const CLASSES = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#7f7f7f", "#b8a800"] as const;
export const CLASS_SYMBOLS = [
  "circle",
  "diamond",
  "square",
  "triangle-up",
  "triangle-down",
  "cross",
  "x",
  "star",
] as const;

export function classColour(index: number, scheme: Scheme): string {
  const colour = CLASSES[index % CLASSES.length] as string;
  return scheme === "dark" ? (ON_DARK[colour] ?? colour) : colour;
}

/** Colours of a chart other than those of data. */
export const INK: Record<Scheme, { text: string; faint: string; grid: string; ground: string }> = {
  light: { text: "#343a40", faint: "#868e96", grid: "#e7eaed", ground: "#ffffff" },
  dark: { text: "#ced4da", faint: "#868e96", grid: "#2e3338", ground: "#16181b" },
};

/** `colour` ("#rrggbb") with an opacity from 0 to 1. */
export function translucent(colour: string, opacity: number): string {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return `rgba(${red},${green},${blue},${opacity})`;
}
