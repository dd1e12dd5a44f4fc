import { useCallback, useRef } from "react";
import { INK } from "../../charts/palette";
import { plural } from "../../format";
import { stopAt } from "../../state/clock";
import type { Frames, Images, Wide } from "../../state/frames";
import { useScheme } from "../../ui/scheme";
import { Drawing } from "../Drawing";
import { imagePixels } from "./weights";
import styles from "./weights.module.css";

const GAP = 4;
const SMALLEST = 30;
const LARGEST = 56;

interface Props {
  frames: Frames;
  geometry: Wide;
  images: Images;
  extent: number;
  width: number;
}

/** Each unit's weights as a small picture: blue below zero, red above. */
export function FilterImages({ frames, geometry, images, extent, width }: Props) {
  const scheme = useScheme();
  const tile = useRef<HTMLCanvasElement>(null);
  const { shown } = geometry;
  const columns = Math.max(1, Math.min(shown, Math.floor((width + GAP) / (SMALLEST + GAP))));
  const side = Math.min(LARGEST, Math.floor((width + GAP) / columns) - GAP);
  const high = Math.round((side * images.height) / images.width);
  const height = Math.ceil(shown / columns) * (high + GAP);
  const draw = useCallback(
    (context: CanvasRenderingContext2D, epoch: number) => {
      tile.current ??= document.createElement("canvas");
      tile.current.width = images.width;
      tile.current.height = images.height;
      const small = tile.current.getContext("2d");
      const frame = stopAt(frames.epoch, epoch);
      if (!small) return undefined;
      context.imageSmoothingEnabled = false;
      context.strokeStyle = INK[scheme].grid;
      for (let unit = 0; unit < shown; unit++) {
        const pixels = imagePixels(images, shown, frame, unit, extent);
        small.putImageData(new ImageData(pixels, images.width, images.height), 0, 0);
        const [x, y] = [(unit % columns) * (side + GAP), Math.floor(unit / columns) * (high + GAP)];
        context.drawImage(tile.current, x, y, side, high);
        context.strokeRect(x + 0.5, y + 0.5, side - 1, high - 1);
      }
      return frames.epoch[frame];
    },
    [images, frames, shown, columns, side, high, extent, scheme],
  );
  return (
    <div className={styles.filters}>
      <p className="hint">
        {images.channels === 3
          ? "each unit’s weights as a picture: grey is zero"
          : "each unit’s weights as a picture: blue below zero, red above"}
      </p>
      <Drawing
        width={width}
        height={height}
        label={`Weights of ${plural(shown, "unit")} of ${geometry.layer} in ${frames.arm} as pictures.`}
        draw={draw}
      />
    </div>
  );
}
