import { useCallback, useMemo } from "react";
import { type Area, drawAxes, placeX, placeY } from "../../charts/drawing";
import { INK } from "../../charts/palette";
import { MARGIN } from "../../charts/plotLayout";
import { count } from "../../format";
import { stopAt } from "../../state/clock";
import { type Frames, frameOf } from "../../state/frames";
import type { WeightNorms } from "../../state/norms";
import { useScheme } from "../../ui/scheme";
import { Drawing } from "../Drawing";
import { histogram } from "./norms";
import styles from "./norms.module.css";

const HEIGHT = 116;
const BINS = 40;

interface Props {
  frames: Frames;
  weight: WeightNorms;
  width: number;
  top: number;
  colour: string;
}

/** Histogram of the norms at the scrubber's epoch, with the first and the last epoch as outlines. */
export function NormHistogram({ frames, weight: { layer, weight }, width, top, colour }: Props) {
  const scheme = useScheme();
  const group = frames.norms.find((each) => each.layer === layer && each.weight === weight);
  const counts = useMemo(() => {
    if (!group) return [];
    return frames.epoch.map((_, i) => histogram(frameOf(group.values, i, group.shown), top, BINS));
  }, [frames, group, top]);
  const highest = Math.max(1, ...counts.flat());
  const draw = useCallback(
    (context: CanvasRenderingContext2D, epoch: number) => {
      const area: Area = {
        left: MARGIN.left,
        top: 18,
        width: width - MARGIN.left - MARGIN.right,
        height: HEIGHT - 18 - MARGIN.bottom,
        x: [0, top],
        y: [0, highest],
      };
      drawAxes(context, area, scheme, { x: "norm", y: "" }, false);
      const step = area.width / BINS;
      const base = placeY(area, 0);
      // A few units of many would be less than a pixel high.
      const up = (n: number) => (n ? Math.min(base - 1.5, placeY(area, n)) : base);
      context.fillStyle = colour;
      context.globalAlpha = 0.55;
      for (const [bin, n] of (counts[stopAt(frames.epoch, epoch)] ?? []).entries()) {
        context.fillRect(placeX(area, 0) + bin * step + 0.5, up(n), step - 1, base - up(n));
      }
      context.globalAlpha = 1;
      const outline = (of: readonly number[], paint: string, dash: number[]) => {
        context.beginPath();
        context.moveTo(area.left, base);
        for (const [bin, n] of of.entries()) {
          context.lineTo(area.left + bin * step, up(n));
          context.lineTo(area.left + (bin + 1) * step, up(n));
        }
        context.lineTo(area.left + area.width, base);
        context.strokeStyle = paint;
        context.setLineDash(dash);
        context.lineWidth = 1;
        context.stroke();
        context.setLineDash([]);
      };
      outline(counts[0] ?? [], INK[scheme].faint, [3, 2]);
      outline(counts.at(-1) ?? [], INK[scheme].text, []);
      return frames.epoch[stopAt(frames.epoch, epoch)];
    },
    [counts, frames, width, top, highest, colour, scheme],
  );
  if (!group) return null;
  const last = frames.epoch.at(-1) ?? 0;
  const description = `${count(group.shown)} ${group.shown < group.groups ? `of ${count(group.groups)} ` : ""}norms, seed ${frames.seed}`;
  return (
    <div className={styles.histogram}>
      <p className="hint" aria-hidden="true">
        {description}: filled at the epoch shown, dashed at epoch {count(frames.epoch[0] ?? 0)}, outlined at{" "}
        {count(last)}
      </p>
      <Drawing width={width} height={HEIGHT} label={`Histogram of ${description}, at the epoch shown.`} draw={draw} />
    </div>
  );
}
