import type { Scheme } from "../ui/scheme";

/**
 * Colours of arms: Okabe and Ito's (https://jfly.uni-koeln.de/color/), which are told apart with every form of colour
 * blindness, those that are too light for lines on white a little darker. An arm keeps its colour in every chart, table
 * and report; the baseline is grey. Each has a contrast of 3:1 to its ground.
 */
const ARMS: Record<Scheme, readonly string[]> = {
  light: ["#0072b2", "#d55e00", "#009e73", "#c2689a", "#b67d00", "#2f93cf", "#938700"],
  dark: ["#3d9fe0", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#b8a800"],
};
const BASELINE: Record<Scheme, string> = { light: "#5c636b", dark: "#a9b0b8" };

/** Towards this, by this much at most, hues are shaded. */
const AWAY: Record<Scheme, string> = { light: "#000000", dark: "#ffffff" };
const DEEPEST = 0.6;
/** Shade of a hue that comes round again. */
const AGAIN = 0.45;

/** Colour of an arm. The hue's fraction shades it: arms of one method share a hue. */
export function armColour(hue: number, scheme: Scheme): string {
  const whole = Math.floor(hue);
  if (whole === 0) return BASELINE[scheme];
  const colours = ARMS[scheme];
  const round = Math.floor((whole - 1) / colours.length);
  const shade = Math.min(1, hue - whole + AGAIN * round);
  return mixed(colours[(whole - 1) % colours.length] as string, AWAY[scheme], DEEPEST * shade);
}

/** Colours of classes and features, none of them an arm's. */
const CLASSES: Record<Scheme, readonly string[]> = {
  light: ["#1b8a7a", "#8a5cc2", "#b5562b", "#77821a", "#c2478f", "#4f6d8f", "#8c6239", "#7f7f7f"],
  dark: ["#6bb3a9", "#b395d7", "#cf9175", "#a7ae6a", "#d787b6", "#8da0b6", "#b4997e", "#acacac"],
};
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
  const colours = CLASSES[scheme];
  return colours[index % colours.length] as string;
}

/** Colours of a chart other than those of data. */
export const INK: Record<Scheme, { text: string; faint: string; grid: string; ground: string }> = {
  light: { text: "#343a40", faint: "#868e96", grid: "#e7eaed", ground: "#ffffff" },
  dark: { text: "#ced4da", faint: "#868e96", grid: "#2e3338", ground: "#16181b" },
};

function channels(colour: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

/** `colour` ("#rrggbb") mixed with a share from 0 to 1 of another. */
function mixed(colour: string, other: string, share: number): string {
  const towards = channels(other);
  const parts = channels(colour).map((value, i) => Math.round(value + share * ((towards[i] as number) - value)));
  return `#${parts.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** `colour` ("#rrggbb") with an opacity from 0 to 1. */
export function translucent(colour: string, opacity: number): string {
  const [red, green, blue] = channels(colour);
  return `rgba(${red},${green},${blue},${opacity})`;
}

/** Cividis (Nuñez et al. 2018), read alike with and without colour blindness; its darkest end stands out on no ground. */
const TARGETS: Record<Scheme, readonly string[]> = {
  light: ["#00224e", "#7d7c78", "#d8b72f"],
  dark: ["#3f6fc4", "#9a9a94", "#fee838"],
};

/** The colours of the scale of targets, low to high. */
export function targetColours(scheme: Scheme): readonly string[] {
  return TARGETS[scheme];
}

/** The colour of a number on the scale of the targets, which runs from `low` to `high`; beyond them that of the end. */
export function targetColour(value: number, [low, high]: readonly [number, number], scheme: Scheme): string {
  const stops = TARGETS[scheme];
  const place = Math.min(1, Math.max(0, (value - low) / (high - low || 1))) * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(place));
  return mixed(stops[index] as string, stops[index + 1] as string, place - index);
}
