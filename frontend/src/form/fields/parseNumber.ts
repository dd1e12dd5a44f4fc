import type { Json } from "../../api/catalog";

/** The typed text as a number where it is one, else as it was typed: the form reports what is wrong with it. */
export function parseNumber(text: string): Json {
  const number = Number(text.trim().replace(",", "."));
  return text.trim() === "" || Number.isNaN(number) ? text : number;
}

/** "3, 3", "3×3" or "3 x 3" as numbers in a row; one number alone as itself where `single`. */
export function parseNumbers(text: string, single: boolean): Json {
  const parts = text.split(/[,;×x\s]+/).filter(Boolean);
  const numbers = parts.map(parseNumber);
  return single && numbers.length <= 1 ? (numbers[0] ?? "") : numbers;
}
