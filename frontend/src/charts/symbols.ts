import type { CLASS_SYMBOLS } from "./palette";

export type Symbol = (typeof CLASS_SYMBOLS)[number];

/** Corners of each shape around the origin, at about radius 1. */
const CORNERS: Record<Exclude<Symbol, "circle">, [number, number][]> = {
  diamond: [
    [0, -1.3],
    [1.3, 0],
    [0, 1.3],
    [-1.3, 0],
  ],
  square: [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  "triangle-up": [
    [0, -1.25],
    [1.15, 0.85],
    [-1.15, 0.85],
  ],
  "triangle-down": [
    [0, 1.25],
    [1.15, -0.85],
    [-1.15, -0.85],
  ],
  cross: crossed(0),
  x: crossed(Math.PI / 4),
  star: Array.from({ length: 10 }, (_, i): [number, number] => {
    const radius = i % 2 ? 0.6 : 1.4;
    return [radius * Math.sin((i * Math.PI) / 5), -radius * Math.cos((i * Math.PI) / 5)];
  }),
};

function crossed(turn: number): [number, number][] {
  const [arm, half] = [1.25, 0.42];
  const corners: [number, number][] = [];
  for (let quarter = 0; quarter < 4; quarter++) {
    const angle = turn + (quarter * Math.PI) / 2;
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    for (const [x, y] of [
      [-half, -arm],
      [half, -arm],
      [half, -half],
    ] as const) {
      corners.push([x * cos - y * sin, x * sin + y * cos]);
    }
  }
  return corners;
}

/** Adds the symbol of a class to the canvas' path, `radius` pixels around x, y. */
export function traceSymbol(
  context: CanvasRenderingContext2D,
  symbol: Symbol,
  x: number,
  y: number,
  radius: number,
): void {
  if (symbol === "circle") {
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
    return;
  }
  for (const [i, [dx, dy]] of CORNERS[symbol].entries()) {
    if (i) context.lineTo(x + dx * radius, y + dy * radius);
    else context.moveTo(x + dx * radius, y + dy * radius);
  }
  context.closePath();
}

const px = (value: number) => String(Math.round(100 * value) / 100);

/** The symbol of a class as a piece of an SVG path, `radius` pixels around x, y. */
export function symbolPath(symbol: Symbol, x: number, y: number, radius: number): string {
  if (symbol === "circle") {
    const [r, across] = [px(radius), px(2 * radius)];
    return `M${px(x - radius)} ${px(y)}a${r} ${r} 0 1 0 ${across} 0a${r} ${r} 0 1 0 -${across} 0z`;
  }
  return `M${CORNERS[symbol].map(([dx, dy]) => `${px(x + dx * radius)} ${px(y + dy * radius)}`).join("L")}z`;
}
