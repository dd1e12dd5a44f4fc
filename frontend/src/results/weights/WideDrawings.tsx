import { useCallback } from "react";
import { type Area, drawAxes, halo, placeX, placeY, tickText } from "../../charts/drawing";
import { armColour, INK } from "../../charts/palette";
import { figure, plural } from "../../format";
import { placeOf, stopAt } from "../../state/clock";
import type { Frames, Wide } from "../../state/frames";
import { useScheme } from "../../ui/scheme";
import { Drawing } from "../Drawing";
import { drawDots } from "./PlaneDrawing";
import { pointsAt, type WeightExtents } from "./weights";
import styles from "./weights.module.css";

const HEIGHT = 240;
const MARGINS = { left: 40, right: 12, top: 8, bottom: 24 };
const NARROW = 430;

interface Props {
  frames: Frames;
  geometry: Wide;
  extent: WeightExtents["wide"];
  width: number;
  hue: number;
}

/** Units with many inputs: norm against angle, and the two directions in which they differ most. */
export function WideDrawings({ frames, geometry, extent, width, hue }: Props) {
  const scheme = useScheme();
  const beside = width >= NARROW;
  const each = beside ? Math.floor(width / 2) : width;
  const colour = armColour(hue, scheme);
  const { shown, values, components, limits, explained } = geometry;
  const inside = useCallback(
    (x: Area["x"], y: Area["y"]): Area => ({
      left: MARGINS.left,
      top: MARGINS.top,
      width: each - MARGINS.left - MARGINS.right,
      height: HEIGHT - MARGINS.top - MARGINS.bottom,
      x,
      y,
    }),
    [each],
  );
  const turned = useCallback(
    (context: CanvasRenderingContext2D, epoch: number) => {
      const area = inside([0, extent.angle], [0, extent.norm]);
      drawAxes(context, area, scheme, { x: "degrees turned", y: "norm" });
      context.strokeStyle = INK[scheme].text;
      context.fillStyle = INK[scheme].text;
      context.setLineDash([2, 3]);
      for (const limit of new Set(limits)) {
        if (limit === null || limit > extent.norm) continue;
        const y = placeY(area, limit);
        context.beginPath();
        context.moveTo(area.left, y);
        context.lineTo(area.left + area.width, y);
        context.stroke();
        halo(context, tickText(limit), placeX(area, extent.angle) - 24, y - 4, scheme);
      }
      context.setLineDash([]);
      drawDots(context, pointsAt(values, frames.epoch.length, shown, placeOf(frames.epoch, epoch)), area, colour);
      return frames.epoch[stopAt(frames.epoch, epoch)];
    },
    [inside, extent, scheme, limits, values, frames, shown, colour],
  );
  const spread = useCallback(
    (context: CanvasRenderingContext2D, epoch: number) => {
      const range = [-extent.component, extent.component] as const;
      const area = inside(range, range);
      const names = explained.map((share, i) => `component ${i + 1}, ${figure(100 * share, 0)} %`);
      drawAxes(context, area, scheme, { x: names[0] ?? "", y: names[1] ?? "" });
      drawDots(context, pointsAt(components, frames.epoch.length, shown, placeOf(frames.epoch, epoch)), area, colour);
      return frames.epoch[stopAt(frames.epoch, epoch)];
    },
    [inside, extent, scheme, components, explained, frames, shown, colour],
  );
  const units = `${plural(shown, "unit")} of ${geometry.layer} in ${frames.arm}`;
  return (
    <div className={styles.drawings} data-beside={beside || undefined}>
      <Drawing
        width={each}
        height={HEIGHT}
        label={`${units}: norm against the angle to where each began; the table below has the figures.`}
        draw={turned}
      />
      <Drawing width={each} height={HEIGHT} label={`${units} on their first two principal components.`} draw={spread} />
    </div>
  );
}
