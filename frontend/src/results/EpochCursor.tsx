import type { KeyboardEvent, PointerEvent, ReactNode } from "react";
import { MARGIN } from "../charts/plotLayout";
import styles from "./EpochCursor.module.css";
import { useHover, useMarked } from "./hover";

interface Props {
  /** Epochs at the axis' two ends. */
  epochs: readonly [number, number];
  log: boolean;
  width: number;
  /** First epoch that the arrow keys reach: 0 where weights have one. */
  first?: number;
  children: ReactNode;
}

/** Lets an epoch be pointed at, by pointer or with the arrow keys, and marks it, or the scrubber's. */
export function EpochCursor({ epochs: [from, to], log, width, first = 1, children }: Props) {
  const { hover, epoch } = useHover();
  const marked = useMarked();
  const span = width - MARGIN.left - MARGIN.right;
  const place = log ? (value: number) => Math.log(Math.max(value, from)) : (value: number) => value;
  const unplace = log ? Math.exp : (value: number) => value;
  const [start, end] = [place(from), place(to)];
  const bounded = (value: number) => {
    const within = Math.min(to, Math.max(from, value));
    // A logarithmic axis has epoch 0 left of 1, at a half.
    return Math.max(first, within < 0.75 ? 0 : Math.round(within));
  };

  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    // Under CSS zoom the box is wider on the screen than its own pixels say.
    const at = (event.clientX - box.left) * (width / box.width);
    const share = (at - MARGIN.left) / span;
    hover.point(share < 0 || share > 1 ? null : bounded(unplace(start + share * (end - start))));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") hover.point(null);
    if (!by) return;
    event.preventDefault();
    const step = by * (end - start) * (event.shiftKey ? 0.1 : 0.01);
    hover.point(bounded(epoch === null ? to : unplace(place(epoch) + step)));
  };
  const share = marked === null ? -1 : (place(marked) - start) / (end - start);
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no element for a chart that can be pointed into
    <div
      className={styles.pointable}
      role="group"
      aria-label="Point at an epoch with the left and right arrow keys"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move the epoch that is read off
      tabIndex={0}
      onPointerMove={onPointerMove}
      onPointerLeave={() => hover.point(null)}
      onBlur={() => hover.point(null)}
      onKeyDown={onKeyDown}
    >
      {children}
      <span className={styles.axis} aria-hidden="true">
        epoch
      </span>
      {share >= 0 && share <= 1 && (
        <div
          className={styles.cursor}
          data-testid="epoch-cursor"
          data-epoch={marked}
          style={{ left: MARGIN.left + share * span, top: MARGIN.top, bottom: MARGIN.bottom }}
          aria-hidden="true"
        />
      )}
    </div>
  );
}
