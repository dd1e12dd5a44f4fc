import { useEffect, useRef } from "react";
import type { ImagesSample, Preview } from "../../api/types";
import { className } from "../../format";
import styles from "./Pictures.module.css";

/** Examples as pictures, each with its class. */
export function Pictures({ preview, sample }: { preview: Preview; sample: ImagesSample }) {
  return (
    <ul className={styles.pictures}>
      {sample.pixels.map((_, index) => {
        const label =
          preview.task === "regression"
            ? String(sample.y[index])
            : className(preview.class_names, sample.y[index] as number);
        return (
          <li key={index}>
            <Picture sample={sample} index={index} label={`${label}, ${sample.part[index]}`} />
            <span>{label.replace("class ", "")}</span>
            <span className="hint">{sample.part[index]}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** One example, a pixel a value. */
export function Picture({ sample, index, label }: { sample: ImagesSample; index: number; label?: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, channels } = sample;
  const pixels = sample.pixels[index];
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !pixels) return;
    const data = new ImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      for (let colour = 0; colour < 3; colour++) {
        data.data[4 * i + colour] = pixels[i * channels + (channels === 3 ? colour : 0)] ?? 0;
      }
      data.data[4 * i + 3] = 255;
    }
    context.putImageData(data, 0, 0);
  }, [pixels, width, height, channels]);
  return (
    <canvas
      ref={canvas}
      width={width}
      height={height}
      {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": true })}
    />
  );
}
