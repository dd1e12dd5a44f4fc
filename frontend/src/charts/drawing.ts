import { FONT } from "../ui/font";
import type { Scheme } from "../ui/scheme";
import { INK } from "./palette";

/** The plotting area of a canvas and what it shows: CSS pixels, and the axes' own numbers. */
export interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
  x: readonly [number, number];
  y: readonly [number, number];
}

export function placeX({ left, width, x: [low, high] }: Area, value: number): number {
  return left + ((value - low) / (high - low)) * width;
}

export function placeY({ top, height, y: [low, high] }: Area, value: number): number {
  return top + height - ((value - low) / (high - low)) * height;
}

const STEPS = [1, 2, 5, 10];

/** At most `limit` round numbers from `low` to `high`. */
export function ticks(low: number, high: number, limit: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, limit - 1);
  const decade = 10 ** Math.floor(Math.log10(rough));
  const fits = (step: number) => Math.floor(high / (step * decade)) - Math.ceil(low / (step * decade)) + 1 <= limit;
  const step = (STEPS.find((each) => each * decade >= rough * 0.999 && fits(each)) ?? 10) * decade;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** A little more than `value`, and one of few numbers, so that axes stand still while it grows. */
export function roomFor(value: number): number {
  if (!(value > 0)) return 1;
  const decade = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12.5];
  return Number((decade * (steps.find((step) => step * decade >= value * 1.04) ?? 12.5)).toPrecision(12));
}

export function tickText(value: number): string {
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

/** Grid lines with their numbers, and the axes' names inside the far ends. */
export function drawAxes(
  context: CanvasRenderingContext2D,
  area: Area,
  scheme: Scheme,
  names: { x: string; y: string },
  grid = true,
): void {
  const { left, top, width, height } = area;
  const ink = INK[scheme];
  context.save();
  context.font = `11px ${FONT}`;
  context.lineWidth = 1;
  context.strokeStyle = ink.grid;
  context.fillStyle = ink.text;
  context.textAlign = "center";
  context.textBaseline = "top";
  const line = (fromX: number, fromY: number, toX: number, toY: number) => {
    context.beginPath();
    context.moveTo(Math.round(fromX) + 0.5, Math.round(fromY) + 0.5);
    context.lineTo(Math.round(toX) + 0.5, Math.round(toY) + 0.5);
    context.stroke();
  };
  for (const tick of ticks(...area.x, Math.max(2, Math.floor(width / 55)))) {
    const x = placeX(area, tick);
    if (grid) line(x, top, x, top + height);
    context.fillText(tickText(tick), x, top + height + 6);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of ticks(...area.y, Math.max(2, Math.floor(height / 40)))) {
    const y = placeY(area, tick);
    if (grid) line(left, y, left + width, y);
    context.fillText(tickText(tick), left - 6, y);
  }
  context.fillStyle = ink.text;
  context.textBaseline = "bottom";
  halo(context, names.x, left + width - 4, top + height - 4, scheme);
  context.textAlign = "left";
  context.textBaseline = "top";
  halo(context, names.y, left + 5, top + 4, scheme);
  context.restore();
}

/** Draws text with an outline, so that it is legible on any background. */
export function halo(context: CanvasRenderingContext2D, text: string, x: number, y: number, scheme: Scheme): void {
  context.save();
  context.strokeStyle = INK[scheme].ground;
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeText(text, x, y);
  context.restore();
  context.fillText(text, x, y);
}
