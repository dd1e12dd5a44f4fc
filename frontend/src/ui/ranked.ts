export interface Choice {
  /** Unique among the choices. */
  value: string;
  label: string;
  summary?: string | undefined;
  group?: string | undefined;
}

/** The choices that contain every word of `query`: exact names first, then prefixes, names, and other texts. */
export function ranked<T extends Choice>(choices: readonly T[], query: string): readonly T[] {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return choices;
  const rank = ({ label, summary = "", group = "" }: Choice): number => {
    const name = label.toLowerCase();
    const has = (text: string) => wanted.split(/\s+/).every((word) => text.includes(word));
    if (name === wanted) return 0;
    if (name.startsWith(wanted)) return 1;
    if (has(name)) return 2;
    return has(`${name} ${summary} ${group}`.toLowerCase()) ? 3 : 4;
  };
  const found = choices.map((choice) => ({ choice, rank: rank(choice) })).filter((each) => each.rank < 4);
  return found.sort((a, b) => a.rank - b.rank).map((each) => each.choice);
}
