/** Columns that the lab leaves out unless one says so, by the file and its target, as its previews have said. */
import type { Fields } from "../../api/catalog";
import type { FileView, Preview } from "../../api/types";
import type { Reasons } from "./columns";

export class Proposals {
  /** Everything that is left out, where the features were those proposed. */
  private readonly whole = new Map<string, Reasons>();
  /** What was found to tell the target alone; it is said only of columns that are left out. */
  private readonly telling = new Map<string, Map<string, string>>();

  /** Remembers what a preview of `dataset` says. */
  learn(dataset: Fields, { left_out }: Pick<Preview, "left_out">): void {
    const key = keyOf(dataset);
    if ((dataset.features ?? null) === null)
      this.whole.set(key, new Map(left_out.map(({ column, why }) => [column, why])));
    const telling = this.telling.get(key) ?? new Map<string, string>();
    for (const { column, why, tells } of left_out) if (tells) telling.set(column, why);
    this.telling.set(key, telling);
  }

  /** Reasons why columns of `file` are no features of `dataset` unless one says so. */
  reasons(dataset: Fields, file: FileView): Reasons {
    const key = keyOf(dataset);
    const own = file.columns.flatMap(({ name, left_out }): [string, string][] => (left_out ? [[name, left_out]] : []));
    return this.whole.get(key) ?? new Map([...(this.telling.get(key) ?? []), ...own]);
  }
}

function keyOf({ file, target, target_type, more_targets = [] }: Fields): string {
  return JSON.stringify([file, target, target_type, more_targets]);
}
