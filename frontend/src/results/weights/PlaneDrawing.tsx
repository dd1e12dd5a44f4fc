import { useCallback } from "react";
import type { FeasibleSet } from "../../api/types";
import { type Area, drawAxes, placeX, placeY } from "../../charts/drawing";
import { armColour, INK, translucent } from "../../charts/palette";
import { plural } from "../../format";
import { placeOf, stopAt } from "../../state/clock";
import { type Frames, frameOf, type Plane } from "../../state/frames";
import { type Scheme, useScheme } from "../../ui/scheme";
import { Drawing } from "../Drawing";
import { isThin, traceSet } from "./feasible";
import { unitsAt } from "./weights";

/** Snapshots that a point's trail reaches back. */
const TRAIL = 6;
const MARGINS = { left: 40, right: 10, top: 8, bottom: 24 };

interface Props {
  frames: Frames;
  geometry: Plane;
  extent: number;
  width: number;
  /** Number of the arm's colour. */
  hue: number;
}

/** Units with two inputs on the plane of their weights. */
export function PlaneDrawing({ frames, geometry, extent, width, hue }: Props) {
  const scheme = useScheme();
  const side = Math.min(420, width - MARGINS.left - MARGINS.right);
  const height = side + MARGINS.top + MARGINS.bottom;
  const draw = useCallback(
    (context: CanvasRenderingContext2D, epoch: number) => {
      const range = [-extent, extent] as const;
      const area: Area = { left: MARGINS.left, top: MARGINS.top, width: side, height: side, x: range, y: range };
      drawAxes(context, area, scheme, { x: "weight 1", y: "weight 2" });
      context.save();
      context.beginPath();
      context.rect(area.left, area.top, area.width, area.height);
      context.clip();
      for (const set of geometry.feasible) drawSet(context, set, area, scheme);
      drawUnits(context, frames, geometry, placeOf(frames.epoch, epoch), area, armColour(hue, scheme));
      context.restore();
      return frames.epoch[stopAt(frames.epoch, epoch)];
    },
    [frames, geometry, extent, side, scheme, hue],
  );
  const allowed = geometry.words ? `, where ${geometry.words} allows the shaded part or line` : "";
  return (
    <Drawing
      width={width}
      height={height}
      label={`${plural(geometry.shown, "unit")} of ${geometry.layer} in ${frames.arm} on the plane of their two weights${allowed}; the table below has the figures.`}
      draw={draw}
    />
  );
}

function drawSet(context: CanvasRenderingContext2D, set: FeasibleSet, area: Area, scheme: Scheme): void {
  const ink = INK[scheme].faint;
  context.beginPath();
  const shown = area.x[1] - area.x[0];
  traceSet(set, context, (x, y) => [placeX(area, x), placeY(area, y)], area.width / shown, shown);
  if (!isThin(set)) {
    context.fillStyle = translucent(ink, 0.16);
    context.fill("evenodd");
  }
  context.strokeStyle = ink;
  context.lineWidth = 1.5;
  context.stroke();
}

function drawUnits(
  context: CanvasRenderingContext2D,
  { epoch }: Frames,
  geometry: Plane,
  place: number,
  area: Area,
  colour: string,
): void {
  const { shown, values } = geometry;
  const now = unitsAt(geometry, epoch.length, place);
  const last = Math.ceil(place) - 1;
  let after = now;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  for (let back = 0; back < TRAIL && last - back >= 0; back++) {
    const before = frameOf(values, last - back, 2 * shown);
    context.globalAlpha = 0.35 * (1 - back / TRAIL);
    context.beginPath();
    for (let i = 0; i < 2 * shown; i += 2) {
      context.moveTo(placeX(area, before[i] as number), placeY(area, before[i + 1] as number));
      context.lineTo(placeX(area, after[i] as number), placeY(area, after[i + 1] as number));
    }
    context.stroke();
    after = before;
  }
  drawDots(context, now, area, colour);
}

/** Points x, y, x, y, …, smaller where there are many. */
export function drawDots(context: CanvasRenderingContext2D, points: Float32Array, area: Area, colour: string): void {
  const radius = points.length > 400 ? 2 : 3;
  context.globalAlpha = 0.75;
  context.fillStyle = colour;
  context.beginPath();
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [placeX(area, points[i] as number), placeY(area, points[i + 1] as number)];
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
  context.fill();
  context.globalAlpha = 1;
}
