/** Figures and sentences as people read them. */
import type { Score } from "./api/types";

/** The digits of a figure's decimal, the shortest that is the same in single precision, and their power of ten. */
function decimalOf(value: number): { mantissa: string; power: number } {
  const single = Math.fround(value);
  for (let digits = 0; digits < 9; digits++) {
    const [shown = "", power] = Math.abs(value).toExponential(digits).split("e");
    if (Math.fround(Number(`${shown}e${power}`)) === Math.abs(single) || digits === 8)
      return { mantissa: shown.replace(".", ""), power: Number(power) };
  }
  return { mantissa: "0", power: 0 };
}

/** From here on figures are powers of ten, as those of runs that diverge. */
const HUGE = 1e9;

/**
 * A figure with as many decimals as a share measured on some tens of rows can bear. It is rounded on its decimal value,
 * a half away from zero, as `app/analysis/figures.py` does: `tests/golden/figures.json` has what both must show.
 */
export function figure(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const small = digits > 0 && value !== 0 && Math.abs(value) < 10 ** -digits / 2;
  if (small || Math.abs(value) >= HUGE) return value.toExponential(1).replace("+", "").replaceAll("-", "−");
  const { mantissa: exact, power } = decimalOf(value);
  const kept = power + 1 + digits;
  const whole = kept < 0 ? 0n : BigInt(exact.padEnd(kept, "0").slice(0, kept) || "0");
  const rounded = whole + (kept >= 0 && Number(exact[kept] ?? 0) >= 5 ? 1n : 0n);
  const text = rounded.toString().padStart(digits + 1, "0");
  const sign = value < 0 && rounded > 0n ? "−" : "";
  return sign + (digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text);
}

/** Share of a mean below which a spread is nothing but the rounding of single precision. */
const ROUNDING = 1e-5;

/** "0.943 ± 0.012", or the mean alone where there is no spread. */
export function spreadText({ mean, sd }: { mean: number | null; sd: number | null }, digits = 3): string {
  if (sd === null) return figure(mean, digits);
  const shown = mean !== null && sd < ROUNDING * Math.abs(mean) ? 0 : sd;
  return `${figure(mean, digits)} ±\u00a0${figure(shown, digits)}`;
}

export function count(value: number): string {
  // By hand: a browser's first number in a language takes a phone 50 ms.
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "0.8 s", "12 s", "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "800 kB", "12 MB", "1.3 GB". */
export function bytes(value: number): string {
  const units = ["kB", "MB", "GB", "TB"];
  let scaled = value / 1000;
  while (scaled >= 999.5 && units.length > 1) {
    scaled /= 1000;
    units.shift();
  }
  return `${scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)} ${units[0]}`;
}

/** "1.4 epochs/s", "120 epochs/s". */
export function pace(rate: number): string {
  const text = rate < 9.95 ? rate.toFixed(1).replace(/\.0$/, "") : count(rate);
  return `${text} ${text === "1" ? "epoch" : "epochs"}/s`;
}

export function plural(n: number, one: string): string {
  return `${count(n)} ${n === 1 ? one : `${one}s`}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Phrases that say the same of several layers as one: "hidden_1, hidden_2 kernel: L2 0.01". */
export function together(phrases: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const phrase of phrases) {
    const [first = "", ...rest] = phrase.split(" ");
    const said = rest.join(" ");
    groups.set(said, [...(groups.get(said) ?? []), first]);
  }
  return [...groups].map(([said, layers]) => [layers.join(", "), said].filter(Boolean).join(" "));
}

/** A class by its name; one that is a mere number with what it is. */
export function className(names: readonly string[], label: number): string {
  const name = names[label] ?? String(label);
  return /^\d+$/.test(name) ? `class ${name}` : name;
}

/** Name of a run's score. */
export function scoreName(score: Score): string {
  return score === "r2" ? "r²" : "accuracy";
}

/** Name of the score at the head of a sentence or a column. */
export function scoreTitle(score: Score): string {
  return score === "r2" ? "r²" : "Accuracy";
}

/** A date and time in the reader's time zone and language. */
export function moment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** The time of day of a moment in milliseconds: "12:03:05". */
export function clockTime(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

/** `text` with "p = 0.03" and "p < 0.001" kept on one line. */
export function unbroken(text: string): string {
  return text.replace(/\bp ([=<]) (?=\d)/g, "p\u00a0$1\u00a0");
}

/** A figure that was kept in half precision, in the three digits that it bears: "2.11", "0.0632". */
export function halfFigure(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return figure(value);
  const decimals = value === 0 ? 2 : Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return figure(value, decimals);
}

/**
 * "Always saying “benign” is right on 62.0 % of the validation rows and 63.1 % of the sealed rows."; with several labels
 * of the labels of these rows.
 */
export function majorityText(
  name: string,
  rates: readonly (readonly [rows: string, rate: number | null])[],
  ofLabels = false,
): string {
  const known = rates.flatMap(([rows, rate]) =>
    rate === null ? [] : `${(100 * rate).toFixed(1)} % of the ${ofLabels ? "labels of the " : ""}${rows} rows`,
  );
  return `Always saying “${name}” is right on ${known.join(" and ")}.`;
}
