const NARROWEST_PANEL = 290;
/** Width from which four arms stand in one row. */
const WIDE = 1700;

/** Panels side by side: all of up to three arms in a row, more in a grid. `pictures` are about as high as wide. */
export function columnsFor(arms: number, width: number, pictures = false): number {
  const wide = pictures || width >= WIDE;
  const wanted = arms <= 3 ? arms : wide ? 4 : arms === 4 ? 2 : 3;
  return Math.max(1, Math.min(wanted, Math.floor(width / NARROWEST_PANEL)));
}
