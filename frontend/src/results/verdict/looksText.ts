import { count } from "../../format";

/** "Look 2: seeds were added once." */
export function looksText(looks: number): string {
  const additions = looks - 1;
  return `Look ${count(looks)}: seeds were added ${additions === 1 ? "once" : `${count(additions)} times`}.`;
}
