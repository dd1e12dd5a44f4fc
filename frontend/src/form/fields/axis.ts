import type { Json, Weight } from "../../api/catalog";
import { parseNumber } from "./parseNumber";

/** What a constraint takes for each unit: a norm, or a group of values, as the simplex does. */
export function groupName(kind: Json | undefined): "norm" | "group" {
  return String(kind).endsWith("norm") ? "norm" : "group";
}

/**
 * A sentence where `axis` does not take one norm, or group, for each unit of `weight`; null where it does.
 *
 * Keras' constraints default to axis 0, which is each unit's weights for a Dense kernel only.
 */
export function axisWarning(axis: Json, weight: Weight, what: "norm" | "group" = "norm"): string | null {
  if (axis === null) return null;
  const axes = Array.isArray(axis) ? axis : [axis];
  const same =
    axes.length === weight.unit_axis.length && axes.every((each) => weight.unit_axis.includes(each as number));
  if (same) return null;
  const named = `ax${axes.length === 1 ? "is" : "es"} ${axes.join(", ")}`;
  if (weight.unit_axis.length === 0) {
    return `On the ${weight.name}, ${named} is the whole vector: all units share one ${what}, not ${weight.unit_words}.`;
  }
  return `On the ${weight.name}, ${named} does not take one ${what} over ${weight.unit_words} (that is axis ${weight.unit_axis.join(", ")}).`;
}

/** "0, 1" as a list of axes, one number as that axis, nothing as null. */
export function axisOf(text: string): Json {
  if (text.trim() === "") return null;
  const axes = text.split(",").map((each) => parseNumber(each));
  return axes.length === 1 ? (axes[0] as Json) : axes;
}
