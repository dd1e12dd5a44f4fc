import type { ImagesSample, Preview } from "../../api/types";
import { hasClasses } from "../../experiment/tasks";
import { className } from "../../format";
import { PixelPicture } from "../../ui/PixelPicture";
import styles from "./Pictures.module.css";

/** Examples as pictures, each with its class. */
export function Pictures({ preview, sample }: { preview: Preview; sample: ImagesSample }) {
  return (
    <ul className={styles.pictures}>
      {sample.pixels.map((_, index) => {
        const label = !hasClasses(preview.task)
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
  const { width, height, channels, pixels } = sample;
  return <PixelPicture pixels={pixels[index]} {...{ width, height, channels, label }} />;
}
