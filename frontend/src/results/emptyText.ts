export interface Emptiness {
  /** Whether any snapshot was kept. */
  kept: boolean;
  /** Whether the experiment has ended. */
  over: boolean;
  /** Said before the first snapshot, where it depends on the data whether anything will be drawn. */
  yet?: string;
  /** Said where nothing is drawn of such data or of such a network. */
  never: string;
}

/** The reason why a view has nothing to draw; more is promised only where it will come. */
export function emptyText({ kept, over, yet, never }: Emptiness): string {
  if (kept) return never;
  if (over) return "No snapshots were kept: no run came as far as its first.";
  return yet ?? "No snapshots yet. The first is taken within the first epochs.";
}
