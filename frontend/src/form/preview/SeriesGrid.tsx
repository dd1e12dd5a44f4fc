import clsx from "clsx";
import type { Preview, SeriesSample } from "../../api/types";
import { classColour } from "../../charts/palette";
import { hasClasses } from "../../experiment/tasks";
import { className, figure } from "../../format";
import { useScheme } from "../../ui/scheme";
import styles from "./SeriesGrid.module.css";

const WIDTH = 240;
const HEIGHT = 84;
const PAD = 6;

/** Examples as curves over their steps, all on one scale. */
export function SeriesGrid({ preview, sample }: { preview: Preview; sample: SeriesSample }) {
  const scheme = useScheme();
  const values = sample.series.flat(2);
  const range: [number, number] = [Math.min(...values), Math.max(...values)];
  const several = sample.features.length > 1;
  return (
    <>
      <ul className={styles.series}>
        {sample.series.map((features, index) => {
          const label = sample.y[index] as number;
          const target = !hasClasses(preview.task) ? `target ${figure(label)}` : className(preview.class_names, label);
          const colour = classColour(!hasClasses(preview.task) ? 0 : label, scheme);
          return (
            <li key={index}>
              <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${target}, ${sample.part[index]}`}>
                {features.map((steps, feature) => (
                  <path
                    key={feature}
                    d={pathOf(steps, range)}
                    fill="none"
                    stroke={several ? classColour(feature, scheme) : colour}
                    strokeWidth="1.4"
                    strokeLinejoin="round"
                  />
                ))}
              </svg>
              <span>
                {target} <span className="hint">{sample.part[index]}</span>
              </span>
            </li>
          );
        })}
      </ul>
      {several && sample.features.length <= 8 && (
        <p className={clsx("hint", styles.key)}>
          {sample.features.map((feature, index) => (
            <span key={feature}>
              <span className="swatch" style={{ background: classColour(index, scheme) }} aria-hidden="true" />
              {feature}
            </span>
          ))}
        </p>
      )}
    </>
  );
}

/** A curve through `steps` in a box of `width` by `height`. */
export function pathOf(
  steps: readonly number[],
  [low, high]: [number, number],
  width = WIDTH,
  height = HEIGHT,
): string {
  const span = high - low || 1;
  return steps
    .map((value, step) => {
      const x = PAD + (step / Math.max(steps.length - 1, 1)) * (width - 2 * PAD);
      const y = height - PAD - ((value - low) / span) * (height - 2 * PAD);
      return `${step ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}
