import { useCallback, useMemo, useRef } from "react";
import type { FramePoints } from "../../api/types";
import { type Area, drawAxes, placeX, placeY } from "../../charts/drawing";
import { armColour, CLASS_SYMBOLS, classColour, INK, targetColour } from "../../charts/palette";
import { traceSymbol } from "../../charts/symbols";
import { count } from "../../format";
import { stopAt } from "../../state/clock";
import { type BoundaryCurve, type BoundaryMap, type Frames, frameOf } from "../../state/frames";
import { type Scheme, useScheme } from "../../ui/scheme";
import { Drawing } from "../Drawing";
import { borders, contour, mapPixels, palette, type Range, type Segments } from "./boundary";

const MARGINS = { left: 40, right: 10, top: 8, bottom: 24 };
const MANY = 400;
const TALLEST = 420;
const TALLEST_CURVE = 320;

interface MapProps {
  frames: Frames;
  boundary: BoundaryMap;
  width: number;
  /** Greatest height of the map itself. */
  tallest?: number;
}

/** Prediction over the plane of two features. */
export function BoundaryMapDrawing({ frames, boundary, width, tallest = TALLEST }: MapProps) {
  const scheme = useScheme();
  const { x, y, columns, rows, values, classes } = boundary;
  // A unit is as long on both axes, unless that made the map very flat or tall.
  const ratio = Math.min(1.2, Math.max(0.5, (y[1] - y[0]) / (x[1] - x[0])));
  const room = width - MARGINS.left - MARGINS.right;
  const high = Math.min(tallest, Math.round(room * ratio));
  const across = Math.min(room, Math.round(high / ratio));
  const range = useMemo(() => targetRange(frames.points), [frames]);
  const tile = useRef<{ canvas: HTMLCanvasElement; of: unknown[]; segments: Segments }>(null);
  const draw = useCallback(
    (context: CanvasRenderingContext2D, epoch: number) => {
      const area: Area = { left: MARGINS.left, top: MARGINS.top, width: across, height: high, x, y };
      const frame = stopAt(frames.epoch, epoch);
      const of = [values, frame, scheme];
      const [lowest = 0, highest = 1] = [boundary.low[frame], boundary.high[frame]];
      if (!tile.current || of.some((each, i) => each !== tile.current?.of[i])) {
        const field = frameOf(values, frame, rows * columns);
        const colours = palette(classes, scheme, [lowest, highest], range);
        const half = (255 * (0.5 - lowest)) / (highest - lowest || 1);
        const canvas = tile.current?.canvas ?? document.createElement("canvas");
        canvas.width = columns;
        canvas.height = rows;
        canvas
          .getContext("2d")
          ?.putImageData(new ImageData(mapPixels(field, columns, rows, colours), columns, rows), 0, 0);
        const segments =
          classes > 2 ? borders(field, columns, rows) : classes === 2 ? contour(field, columns, rows, half) : [];
        tile.current = { canvas, of, segments };
      }
      context.save();
      context.beginPath();
      context.rect(area.left, area.top, area.width, area.height);
      context.clip();
      // The first and last of the grid's points lie on the map's edges: their cells reach half a cell beyond.
      const [cell, cellHigh] = [across / (columns - 1), high / (rows - 1)];
      context.imageSmoothingEnabled = classes <= 2;
      context.drawImage(
        tile.current.canvas,
        area.left - cell / 2,
        area.top - cellHigh / 2,
        across + cell,
        high + cellHigh,
      );
      const { segments } = tile.current;
      context.beginPath();
      for (let i = 0; i < segments.length; i += 4) {
        const [fromX, fromY, toX, toY] = segments.slice(i, i + 4) as [number, number, number, number];
        context.moveTo(area.left + fromX * cell, area.top + high - fromY * cellHigh);
        context.lineTo(area.left + toX * cell, area.top + high - toY * cellHigh);
      }
      context.strokeStyle = INK[scheme].text;
      context.lineWidth = classes > 2 ? 1 : 1.8;
      context.stroke();
      if (frames.points) drawPoints(context, frames.points, classes, range, area, scheme);
      context.restore();
      const [horizontal = "", vertical = ""] = frames.points?.axes ?? [];
      drawAxes(context, area, scheme, { x: horizontal, y: vertical }, false);
      return frames.epoch[frame];
    },
    [frames, boundary, x, y, columns, rows, values, classes, across, high, range, scheme],
  );
  return (
    <Drawing
      width={width}
      height={high + MARGINS.top + MARGINS.bottom}
      label={`Prediction of ${frames.arm} over ${(frames.points?.axes ?? ["the plane"]).join(" and ")} at the epoch shown, with ${pointText(frames.points)}.`}
      draw={draw}
    />
  );
}

function pointText(points: FramePoints | null): string {
  if (!points) return "no rows";
  const train = points.part.filter((part) => part === "train").length;
  return `${count(train)} rows to train on, filled, and ${count(points.part.length - train)} others, hollow`;
}

const ORDER = ["validation", "test", "train"] as const;

function drawPoints(
  context: CanvasRenderingContext2D,
  points: FramePoints,
  classes: number,
  range: Range,
  area: Area,
  scheme: Scheme,
): void {
  const radius = points.x.length > MANY ? 2.4 : 3.6;
  const { ground } = INK[scheme];
  for (const part of ORDER) {
    for (const [row, of] of points.part.entries()) {
      if (of !== part) continue;
      const label = points.label[row] as number;
      const symbol = classes >= 2 ? CLASS_SYMBOLS[label % CLASS_SYMBOLS.length] : "circle";
      const colour = classes >= 2 ? classColour(label, scheme) : targetColour(label, range, scheme);
      context.beginPath();
      const at = [placeX(area, points.x[row] as number), placeY(area, points.y[row] as number)] as const;
      traceSymbol(context, symbol ?? "circle", ...at, radius);
      // On a map of the classes' own colours a point needs an edge: the ground's outside, its own within.
      context.strokeStyle = ground;
      context.lineWidth = part === "train" ? 1.6 : 3.4;
      context.stroke();
      context.fillStyle = part === "train" ? colour : ground;
      context.fill();
      if (part === "train") continue;
      context.strokeStyle = colour;
      context.lineWidth = 1.6;
      context.stroke();
    }
  }
}

/** Least and greatest target of the rows that are drawn. */
function targetRange(points: FramePoints | null): Range {
  const label = points?.label ?? [];
  return label.length ? [Math.min(...label), Math.max(...label)] : [0, 1];
}

interface CurveProps {
  frames: Frames;
  boundary: BoundaryCurve;
  width: number;
  hue: number;
  /** Greatest height of the drawing. */
  tallest?: number;
}

/** Prediction from one feature, as a curve through the rows. */
export function BoundaryCurveDrawing({ frames, boundary, width, hue, tallest = TALLEST_CURVE }: CurveProps) {
  const scheme = useScheme();
  const { x, columns, values } = boundary;
  const height = Math.min(tallest, Math.max(200, Math.round(width * 0.6)));
  const { points } = frames;
  const draw = useCallback(
    (context: CanvasRenderingContext2D, epoch: number) => {
      const [lowest, highest] = targetRange(points);
      const room = 0.12 * (highest - lowest || 1);
      const area: Area = {
        left: MARGINS.left,
        top: MARGINS.top,
        width: width - MARGINS.left - MARGINS.right,
        height: height - MARGINS.top - MARGINS.bottom,
        x,
        y: [lowest - room, highest + room],
      };
      drawAxes(context, area, scheme, { x: points?.axes[0] ?? "", y: points?.axes[1] ?? "target" });
      context.save();
      context.beginPath();
      context.rect(area.left, area.top, area.width, area.height);
      context.clip();
      if (points) drawRows(context, points, area, scheme);
      const curve = frameOf(values, stopAt(frames.epoch, epoch), columns);
      context.beginPath();
      for (const [i, value] of curve.entries()) {
        const at = [placeX(area, x[0] + (i / (columns - 1)) * (x[1] - x[0])), placeY(area, value)] as const;
        if (i) context.lineTo(...at);
        else context.moveTo(...at);
      }
      context.strokeStyle = armColour(hue, scheme);
      context.lineWidth = 2;
      context.stroke();
      context.restore();
      return frames.epoch[stopAt(frames.epoch, epoch)];
    },
    [frames, points, x, columns, values, width, height, hue, scheme],
  );
  return (
    <Drawing
      width={width}
      height={height}
      label={`Prediction of ${frames.arm} along ${points?.axes[0] ?? "the feature"} at the epoch shown, with ${pointText(points)}.`}
      draw={draw}
    />
  );
}

function drawRows(context: CanvasRenderingContext2D, points: FramePoints, area: Area, scheme: Scheme): void {
  const radius = points.x.length > MANY ? 2 : 3;
  const colour = INK[scheme].faint;
  for (const [row, part] of points.part.entries()) {
    context.beginPath();
    const at = [placeX(area, points.x[row] as number), placeY(area, points.y[row] as number)] as const;
    traceSymbol(context, "circle", ...at, radius);
    context.fillStyle = part === "train" ? colour : INK[scheme].ground;
    context.fill();
    context.strokeStyle = colour;
    context.lineWidth = 1.2;
    context.stroke();
  }
}
