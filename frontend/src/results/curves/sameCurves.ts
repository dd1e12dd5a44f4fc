import type { ArmState } from "../../state/arms";
import type { DrawnArm } from "./curves";

function isEqual(one: Float64Array, other: Float64Array): boolean {
  return one.length === other.length && one.every((value, i) => Object.is(value, other[i]));
}

function isSame(one: DrawnArm, other: DrawnArm): boolean {
  return (["train", "test"] as const).every(
    (part) =>
      isEqual(one.series[part].epoch, other.series[part].epoch) &&
      one.series[part].lines.length === other.series[part].lines.length &&
      one.series[part].lines.every(({ y }, run) => isEqual(y, other.series[part].lines[run]?.y ?? new Float64Array(0))),
  );
}

/** Name of the first arm before each whose curves are equal in every run; null for none, and while it isn't finished. */
export function sameCurves(arms: readonly ArmState[], drawn: readonly DrawnArm[]): (string | null)[] {
  const ended = (index: number) => {
    const { status } = arms[index] as ArmState;
    return status === "finished" && (drawn[index] as DrawnArm).series.train.epoch.length > 0;
  };
  return drawn.map((arm, index) => {
    if (!ended(index)) return null;
    return drawn.slice(0, index).find((other, before) => ended(before) && isSame(arm, other))?.name ?? null;
  });
}
