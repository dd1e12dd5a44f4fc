import { useLayoutEffect, useRef } from "react";
import styles from "./Drawing.module.css";
import { useClock } from "./hover";

interface Props {
  width: number;
  height: number;
  /** The drawing in a sentence. */
  label: string;
  /**
   * Draws the given epoch, in CSS pixels, or what there is before it; gives the epoch of what it has drawn. The same
   * function for as long as it draws the same.
   */
  draw: (context: CanvasRenderingContext2D, epoch: number) => number | undefined;
}

/** A canvas that follows the scrubber without React, as crisp as the screen is. */
export function Drawing({ width, height, label, draw }: Props) {
  const clock = useClock();
  const ref = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext("2d");
    if (!canvas || !context) return;
    const density = (window.devicePixelRatio || 1) * (canvas.currentCSSZoom ?? 1);
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    let frame = 0;
    const paint = () => {
      frame = 0;
      context.setTransform(density, 0, 0, density, 0, 0);
      context.clearRect(0, 0, width, height);
      canvas.dataset.epoch = String(draw(context, clock.epoch()));
    };
    paint();
    const leave = clock.subscribe(() => {
      frame ||= requestAnimationFrame(paint);
    });
    return () => {
      leave();
      cancelAnimationFrame(frame);
    };
  }, [clock, width, height, draw]);
  return <canvas ref={ref} role="img" aria-label={label} className={styles.drawing} style={{ width, height }} />;
}
