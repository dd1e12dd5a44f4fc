import type { Json } from "../../api/catalog";

/** Digits in groups of three, as in "4,000" or "1,250,000.5". */
const GROUPED = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/;

/** Text whose only comma can part thousands or decimals: "1,000". */
const AMBIGUOUS = /^[+-]?[1-9]\d{0,2},\d{3}$/;

/**
 * The typed text as a number where it is one, else as it was typed: the form reports what is wrong with it. A comma
 * parts thousands in a whole number and wherever the text can't be read otherwise, and else decimals.
 */
export function parseNumber(text: string, integer = false): Json {
  const trimmed = text.trim();
  if (!integer && AMBIGUOUS.test(trimmed)) return text;
  const number = Number(GROUPED.test(trimmed) ? trimmed.replaceAll(",", "") : trimmed.replace(",", "."));
  return trimmed === "" || Number.isNaN(number) ? text : number;
}

/** "3, 3", "3×3" or "3 x 3" as numbers in a row; one number alone as itself where `single`. */
export function parseNumbers(text: string, single: boolean): Json {
  const parts = text.split(/,\s|[;×x\s]+/).flatMap((part) => (GROUPED.test(part) ? [part] : part.split(",")));
  const numbers = parts.filter(Boolean).map((part) => (GROUPED.test(part) ? part : parseNumber(part)));
  return single && numbers.length <= 1 ? (numbers[0] ?? "") : numbers;
}

/** A sentence where `value`, alone or `listed` among others, has a comma of two meanings; null for any other value. */
export function commaProblem(value: Json | undefined, listed = false): string | null {
  const text = typeof value === "string" ? value.trim() : "";
  if (!(listed ? GROUPED : AMBIGUOUS).test(text)) return null;
  const whole = text.replaceAll(",", "");
  if (listed) return `Write ${whole} or ${text.replaceAll(",", ", ")}: a comma can mean both`;
  const decimal = String(Number(text.replace(",", ".")));
  return `Write ${whole} or ${decimal.includes(".") ? decimal : `${decimal}.0`}: a comma can mean both`;
}
