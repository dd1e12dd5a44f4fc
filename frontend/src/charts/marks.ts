import type { CLASS_SYMBOLS } from "./palette";

/** The symbols of classes as text, for legends. */
export const MARKS: Record<(typeof CLASS_SYMBOLS)[number], string> = {
  circle: "●",
  diamond: "◆",
  square: "■",
  "triangle-up": "▲",
  "triangle-down": "▼",
  cross: "✚",
  x: "✖",
  star: "★",
};
