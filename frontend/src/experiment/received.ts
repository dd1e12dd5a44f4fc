import type { Location } from "../api/problem";
import { brokenAt } from "./brokenAt";

/** What was received is no experiment; `message` says why and where. */
export class Unreadable extends Error {}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a text that is pasted is meant as an experiment, or a list of some. */
export function isOffered(text: string): boolean {
  return /^(\{|\[\s*\{)/.test(text);
}

/** The experiment in a text of JSON, which may be an answer of the lab that holds one. */
export function experimentIn(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const before = text.slice(0, brokenAt(text) ?? text.length).split("\n");
    const column = (before.at(-1) ?? "").length + 1;
    throw new Unreadable(`It is no JSON from line ${before.length}, column ${column} on`);
  }
  if (Array.isArray(value))
    throw new Unreadable("It is a list, but no experiment: one is wanted, an object with a dataset and a network");
  if (!isObject(value))
    throw new Unreadable("It is JSON, but no experiment: that is an object with a dataset and a network");
  return !("dataset" in value) && isObject(value.experiment) ? value.experiment : value;
}

/** A location as programs write it: `network.layers[0].units`. */
export function pathText(location: Location): string {
  return location.map((key, index) => (typeof key === "number" ? `[${key}]` : index === 0 ? key : `.${key}`)).join("");
}
