import type { Family } from "../../charts/series";
import { CURVE_OPTIONS, type CurveOptions, SMOOTHINGS } from "./curveOptions";

const FAMILIES: readonly Family[] = ["score", "loss"];

/** Significant digits of a range: finer than a pixel. */
const DIGITS = 6;

function zoomOf(text: string | null): CurveOptions["zoom"] {
  const numbers = text?.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part))) ?? [];
  const [from, to] = numbers;
  // Addresses once had the vertical range, too.
  if (![2, 4].includes(numbers.length) || !numbers.every(Number.isFinite)) return null;
  return from !== undefined && to !== undefined && from < to ? [from, to] : null;
}

const NAMES = ["metric", "epochs", "loss", "overlay", "smoothing", "zoom"];

/**
 * Options of the curves as an address has them; what it lacks, or has in a way that can't be read, is as usual. One that
 * has none at all gets those in `otherwise`.
 */
export function optionsIn(params: URLSearchParams, otherwise: CurveOptions = CURVE_OPTIONS): CurveOptions {
  if (!NAMES.some((name) => params.has(name))) return otherwise;
  return {
    family: FAMILIES.find((each) => each === params.get("metric")) ?? CURVE_OPTIONS.family,
    log: params.get("epochs") === "log",
    logLoss: params.get("loss") === "log",
    together: params.get("overlay") === "all",
    smoothing: SMOOTHINGS.find((each) => String(each) === params.get("smoothing")) ?? CURVE_OPTIONS.smoothing,
    zoom: zoomOf(params.get("zoom")),
  };
}

/** `params` with these options; usual ones are not written. */
export function withOptions(params: URLSearchParams, options: CurveOptions): URLSearchParams {
  const { family, log, logLoss, together, smoothing, zoom } = options;
  const after = new URLSearchParams(params);
  const written = {
    metric: family === CURVE_OPTIONS.family ? null : family,
    epochs: log ? "log" : null,
    loss: logLoss ? "log" : null,
    overlay: together ? "all" : null,
    smoothing: smoothing === CURVE_OPTIONS.smoothing ? null : String(smoothing),
    zoom: zoom?.map((value) => Number(value.toPrecision(DIGITS))).join(",") ?? null,
  };
  for (const [name, value] of Object.entries(written)) {
    if (value === null) after.delete(name);
    else after.set(name, value);
  }
  return after;
}
