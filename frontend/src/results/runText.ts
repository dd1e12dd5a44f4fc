import type { RunState } from "../state/fold";

type Replicate = Pick<RunState, "draw" | "seed">;

/** A run among those of its arm: "draw 1, seed 1". Where each seed has its own rows, or all have the same, "seed 1". */
export function runText({ draw, seed }: Replicate, all: readonly Replicate[]): string {
  const isSeedAlone = all.every((each) => each.draw === null || each.draw === each.seed);
  return isSeedAlone ? `seed ${seed}` : `draw ${draw}, seed ${seed}`;
}
