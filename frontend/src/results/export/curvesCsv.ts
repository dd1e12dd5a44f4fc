import type { Curves } from "../../api/types";

/** A field of a CSV file: quoted where it must be. */
function field(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** All curves as CSV: a line for each epoch of each run. */
export function curvesCsv({ runs }: Curves): string {
  const columns = Object.keys(runs[0] ?? {}).filter(
    (name) => Array.isArray(runs[0]?.[name as keyof Curves["runs"][number]]) && name !== "epoch",
  );
  const lines = [["arm", "seed", "epoch", ...columns].join(",")];
  for (const run of runs) {
    const of = columns.map((name) => run[name as keyof typeof run] as readonly (number | null)[]);
    const head = `${field(run.arm)},${run.seed}`;
    for (const [i, epoch] of run.epoch.entries()) {
      lines.push(`${head},${epoch},${of.map((values) => field(values[i])).join(",")}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
