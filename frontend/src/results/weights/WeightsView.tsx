import clsx from "clsx";
import { useMemo } from "react";
import { MARGIN } from "../../charts/plotLayout";
import { useWidth } from "../../charts/useWidth";
import { count, halfFigure, plural } from "../../format";
import type { ArmState } from "../../state/arms";
import { stopAt } from "../../state/clock";
import { type Frames, frameOf } from "../../state/frames";
import { isClosed } from "../../state/status";
import tableStyles from "../../ui/table.module.css";
import { ArmPanel } from "../ArmPanel";
import { columnsFor } from "../columns";
import { EmptyState } from "../EmptyState";
import { Folded } from "../Folded";
import { useStop } from "../hover";
import { useFrames } from "../useFrames";
import viewStyles from "../view.module.css";
import type { ViewProps } from "../viewProps";
import { FilterImages } from "./FilterImages";
import { PlaneDrawing } from "./PlaneDrawing";
import { WideDrawings } from "./WideDrawings";
import { imageExtent, planeExtent, type WeightExtents, wideExtent } from "./weights";
import styles from "./weights.module.css";

/** The first layer's units as points that move as they are trained, with the feasible set behind them. */
export function WeightsView(props: ViewProps) {
  const { arms, view, state } = props;
  const { frames, all, error, waiting } = useFrames(props);
  const [ref, width] = useWidth<HTMLDivElement>();
  const extent = useMemo(() => ({ plane: planeExtent(all), wide: wideExtent(all), image: imageExtent(all) }), [all]);
  const drawn = all.find((each) => each.geometry)?.geometry;
  if (!drawn) {
    return (
      <EmptyState
        id={view.id}
        error={error}
        waiting={waiting}
        kept={all.length > 0}
        over={isClosed(state.status)}
        never="This network’s weights can’t be drawn: its first layer has no kernel, or no snapshots were kept of it."
      />
    );
  }
  const columns = columnsFor(arms.length, width, drawn.kind === "plane");
  return (
    <>
      <p className={viewStyles.description}>
        {drawn.kind === "plane"
          ? `Each point is one unit of ${drawn.layer}: its two weights. All arms of a seed begin at the same points.`
          : `Each point is one unit of ${drawn.layer}, with its ${plural(drawn.inputs, "weight")}: the norm of the weight vector, its angle to the initial vector, and its first two principal components over all units.`}
      </p>
      <div
        ref={ref}
        className={viewStyles.panels}
        style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
      >
        {width > 0 &&
          arms.map((arm, i) => <WeightPanel key={arm.name} arm={arm} frames={frames[i] ?? null} extent={extent} />)}
      </div>
      <UnitTable arms={arms} frames={frames} />
    </>
  );
}

function WeightPanel({ arm, frames, extent }: { arm: ArmState; frames: Frames | null; extent: WeightExtents }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const geometry = frames?.geometry ?? null;
  const drawn = width > 0 && frames && geometry;
  return (
    <ArmPanel
      arm={arm}
      description={geometry?.words ? `${geometry.layer} ${geometry.weight}: ${geometry.words}` : "no constraint"}
      testId="weights"
      parts={2}
    >
      <div ref={ref}>
        {drawn && geometry.kind === "plane" && (
          <PlaneDrawing frames={frames} geometry={geometry} extent={extent.plane} width={width} hue={arm.hue} />
        )}
        {drawn && geometry.kind === "wide" && (
          <>
            <WideDrawings frames={frames} geometry={geometry} extent={extent.wide} width={width} hue={arm.hue} />
            {geometry.images && (
              <FilterImages
                frames={frames}
                geometry={geometry}
                images={geometry.images}
                extent={extent.image}
                width={width - MARGIN.left}
              />
            )}
          </>
        )}
      </div>
      <UnitLine frames={frames} />
    </ArmPanel>
  );
}

/** Each shown unit's norm in frame `at`. */
function normsOf({ geometry }: Frames, at: number): number[] {
  if (!geometry) return [];
  const values = frameOf(geometry.values, at, 2 * geometry.shown);
  const of = (unit: number) => [values[2 * unit] as number, values[2 * unit + 1] as number] as const;
  return Array.from({ length: geometry.shown }, (_, unit) => {
    const [a, b] = of(unit);
    return geometry.kind === "plane" ? Math.hypot(a, b) : b;
  });
}

function UnitLine({ frames }: { frames: Frames | null }) {
  const stop = useStop();
  if (!frames?.geometry) return <p className={clsx("hint", viewStyles.figures)}>No snapshot yet</p>;
  const at = stopAt(frames.epoch, stop);
  const norms = normsOf(frames, at).sort((a, b) => a - b);
  const { shown, units } = frames.geometry;
  return (
    <p className={viewStyles.figures}>
      <span className={viewStyles.at}>epoch {count(frames.epoch[at] as number)}</span>
      <span>
        norms <b>{halfFigure(norms[0])}</b> to <b>{halfFigure(norms.at(-1))}</b>
      </span>
      <span>
        median <b>{halfFigure(norms[norms.length >> 1])}</b>
      </span>
      <span>{shown < units ? `${count(shown)} of ${count(units)} units` : plural(units, "unit")}</span>
    </p>
  );
}

const MOST_ROWS = 200;

/** The points in figures, at the scrubber's epoch. */
function UnitTable({ arms, frames }: { arms: readonly ArmState[]; frames: readonly (Frames | null)[] }) {
  const stop = useStop();
  const columns = arms.flatMap((arm, i) => {
    const own = frames[i];
    if (!own?.geometry) return [];
    const at = stopAt(own.epoch, stop);
    return [
      { name: arm.name, geometry: own.geometry, values: frameOf(own.geometry.values, at, 2 * own.geometry.shown) },
    ];
  });
  const rows = Math.min(MOST_ROWS, Math.max(0, ...columns.map(({ geometry }) => geometry.shown)));
  const plane = columns[0]?.geometry.kind === "plane";
  return (
    <Folded title="As a table" testId="units-table">
      {() => (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className={clsx("scrolls", styles.tall)} tabIndex={0} aria-label="Units">
          <table className={tableStyles.table}>
            <thead>
              <tr>
                <td />
                {columns.map(({ name }) => (
                  <th scope="colgroup" colSpan={2} key={name} className={tableStyles.group}>
                    <span>{name}</span>
                  </th>
                ))}
              </tr>
              <tr>
                <th scope="col">Unit</th>
                {columns.flatMap(({ name }) =>
                  (plane ? ["weight 1", "weight 2"] : ["degrees turned", "norm"]).map((title) => (
                    <th scope="col" className={tableStyles.number} key={`${name} ${title}`}>
                      {title}
                    </th>
                  )),
                )}
              </tr>
            </thead>
            <tbody>
              {Array.from({ length: rows }, (_, unit) => (
                <tr key={unit}>
                  <th scope="row">{unit + 1}</th>
                  {columns.flatMap(({ name, values }) =>
                    [0, 1].map((part) => (
                      <td className={tableStyles.number} key={`${name} ${part}`}>
                        {halfFigure(values[2 * unit + part])}
                      </td>
                    )),
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Folded>
  );
}
