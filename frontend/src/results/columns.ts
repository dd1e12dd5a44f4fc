const NARROWEST_PANEL = 290;

/** Panels side by side: all of up to three arms in a row, more in a grid. */
export function columnsFor(arms: number, width: number): number {
  const wanted = arms <= 3 ? arms : arms === 4 ? 2 : 3;
  return Math.max(1, Math.min(wanted, Math.floor(width / NARROWEST_PANEL)));
}
