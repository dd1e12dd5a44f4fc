/** Choices of the curves in the browser's storage: the figure and its smoothing for good, a zoom as long as the tab. */
import { CURVE_OPTIONS, type CurveOptions, SMOOTHINGS } from "./curveOptions";

const KEY = "curves";
const zoomKey = (experiment: string) => `zoom:${experiment}`;

function stored(storage: Storage, key: string): unknown {
  try {
    return JSON.parse(storage.getItem(key) ?? "null");
  } catch {
    return null; // Its content is something else.
  }
}

function isZoom(value: unknown): value is [number, number] {
  const [from, to] = Array.isArray(value) ? value : [];
  return Number.isFinite(from) && Number.isFinite(to) && from < to;
}

/** Options for an experiment whose address has none: those that were chosen last, and the zoom that it was left with. */
export function rememberedOptions(experiment: string): CurveOptions {
  try {
    const { family, smoothing } = (stored(localStorage, KEY) ?? {}) as Record<string, unknown>;
    const zoom = stored(sessionStorage, zoomKey(experiment));
    return {
      ...CURVE_OPTIONS,
      family: family === "loss" ? family : CURVE_OPTIONS.family,
      smoothing: SMOOTHINGS.find((each) => each === smoothing) ?? CURVE_OPTIONS.smoothing,
      zoom: isZoom(zoom) ? zoom : null,
    };
  } catch {
    return CURVE_OPTIONS; // Storage is blocked.
  }
}

export function rememberOptions(experiment: string, { family, smoothing, zoom }: CurveOptions): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ family, smoothing }));
    if (zoom) sessionStorage.setItem(zoomKey(experiment), JSON.stringify(zoom));
    else sessionStorage.removeItem(zoomKey(experiment));
  } catch {
    // Without storage choices last as long as their address.
  }
}
