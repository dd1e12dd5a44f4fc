import { useEffect, useRef } from "react";

interface Props {
  /** Values from 0 to 255: row after row, its columns, their channels. */
  pixels: ArrayLike<number> | undefined;
  width: number;
  height: number;
  /** 1: brightness; 3: red, green, blue. */
  channels: number;
  label?: string | undefined;
}

/** One example as a picture, a pixel a value. */
export function PixelPicture({ pixels, width, height, channels, label }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
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
