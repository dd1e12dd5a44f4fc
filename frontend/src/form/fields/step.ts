import type { NumberSpec } from "../../experiment/catalog";

const LADDER = [1, 2, 5, 10];

function alongLadder(value: number, up: boolean): number {
  const decade = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const position = value / decade;
  if (up) return decade * (LADDER.find((rung) => rung > position * (1 + 1e-9)) ?? 10);
  const below = LADDER.findLast((rung) => rung < position * (1 - 1e-9));
  return below === undefined ? decade / 2 : decade * below;
}

/**
 * The number one step up or down. Wide ranges go along 1, 2, 5, 10, 20, 50 …, whole powers of two (as in 32) by
 * doubling; others go by the schema's step. The limits are kept where they may be reached.
 */
export function stepped(spec: NumberSpec, value: number, up: boolean): number {
  let next: number;
  if (spec.log && value > 0) {
    const doubles = spec.integer && value >= 16 && Number.isInteger(Math.log2(value));
    next = doubles ? (up ? value * 2 : value / 2) : alongLadder(value, up);
  } else {
    const step = spec.step ?? (spec.integer ? 1 : 0.1);
    next = value + (up ? step : -step);
  }
  next = spec.integer ? Math.round(next) : Number(next.toPrecision(12));
  if (spec.integer && next === value) next += up ? 1 : -1;
  if (spec.above !== undefined && next <= spec.above) return value;
  if (spec.below !== undefined && next >= spec.below) return value;
  return Math.min(spec.max ?? Number.POSITIVE_INFINITY, Math.max(spec.min ?? Number.NEGATIVE_INFINITY, next));
}
