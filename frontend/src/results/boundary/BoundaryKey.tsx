import clsx from "clsx";
import { useMemo } from "react";
import { MARKS } from "../../charts/marks";
import { CLASS_SYMBOLS, classColour } from "../../charts/palette";
import { className } from "../../format";
import type { Frames } from "../../state/frames";
import { useScheme } from "../../ui/scheme";
import viewStyles from "../view.module.css";
import styles from "./BoundaryKey.module.css";

/** Key to the marks, lines and colours of the predictions. */
export function BoundaryKey({ frames: { boundary, points } }: { frames: Frames }) {
  const scheme = useScheme();
  const labels = useMemo(() => [...new Set(points?.label ?? [])].sort((a, b) => a - b), [points]);
  const map = boundary?.kind === "plane" ? boundary : null;
  return (
    <p className={clsx(viewStyles.description, styles.key)} data-testid="boundary-key">
      {map && map.classes >= 2 ? (
        <>
          {labels.map((label) => (
            <span key={label}>
              <span style={{ color: classColour(label, scheme) }} aria-hidden="true">
                {MARKS[CLASS_SYMBOLS[label % CLASS_SYMBOLS.length] ?? "circle"]}
              </span>{" "}
              {className([], label)}
            </span>
          ))}
          <span>
            {map.classes === 2 ? "the line is where the probability is 0.5" : "the lines separate the classes"}
          </span>
        </>
      ) : (
        <span>
          {map ? "background colours show the prediction, point colours the target" : "the line is the prediction"}
        </span>
      )}
      <span>train filled, test hollow</span>
    </p>
  );
}
