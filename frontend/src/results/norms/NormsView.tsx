import { NativeSelect, SegmentedControl, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { useMemo, useState } from "react";
import { Plot } from "../../charts/Plot";
import { armColour } from "../../charts/palette";
import type { Canvas } from "../../charts/plotLayout";
import { useWidth } from "../../charts/useWidth";
import { count, figure, plural } from "../../format";
import type { ArmState } from "../../state/arms";
import { stopAt } from "../../state/clock";
import type { Frames } from "../../state/frames";
import type { ArmNorms, WeightNorms } from "../../state/norms";
import { queries } from "../../state/queries";
import { isClosed } from "../../state/status";
import { useScheme } from "../../ui/scheme";
import tableStyles from "../../ui/table.module.css";
import { ArmPanel } from "../ArmPanel";
import { columnsFor } from "../columns";
import { EmptyState } from "../EmptyState";
import { EpochCursor } from "../EpochCursor";
import { useMarked, useStop } from "../hover";
import { useFrames } from "../useFrames";
import viewStyles from "../view.module.css";
import type { ViewProps } from "../viewProps";
import { constraintStatus } from "./constraintStatus";
import { NormHistogram } from "./NormHistogram";
import { NormStrip } from "./NormStrip";
import {
  firstWeight,
  type NormsAxes,
  normExtent,
  normsLayout,
  normTraces,
  projectionSize,
  weightKeys,
  weightOf,
  ZERO,
} from "./norms";

/** Class of a constraint's status, by whether it is satisfied. */
const CONSTRAINT_CLASS: Record<string, string> = { true: "satisfied", false: "wrong", null: "hint" };

const FEW = 4;
/** Pixels that names of a few weights take side by side. */
const ROOM = 560;

/** Norms of one weight's units over time, arm by arm, and how hard a constraint works. */
export function NormsView(props: ViewProps) {
  const { arms, view, state, lastEpoch } = props;
  const over = isClosed(state.status);
  const { data: norms = null, failureReason, isPending } = useQuery(queries.norms(view.id));
  const { frames } = useFrames(props);
  const [chosen, setChosen] = useState<string | null>(null);
  const [log, setLog] = useState(true);
  const [ref, width] = useWidth<HTMLDivElement>();
  const keys = norms ? weightKeys(norms) : [];
  const key = chosen !== null && keys.includes(chosen) ? chosen : norms && firstWeight(norms);
  const shown = arms.map((arm) =>
    weightOf(
      norms?.find(({ name }) => name === arm.name),
      key,
    ),
  );
  const top = normExtent(shown.filter((each) => each !== null));
  const moved = movedRange(shown);
  const axes = useMemo((): NormsAxes => ({ log, epochs: [log ? ZERO : 0, lastEpoch], top }), [log, lastEpoch, top]);
  if (!norms || !key || shown.every((each) => !each?.epoch.length)) {
    return (
      <EmptyState
        id={view.id}
        error={failureReason}
        waiting={isPending}
        kept={over && arms.some((arm) => arm.n > 0)}
        over={over}
        never="No norms were kept of this experiment. Run it again (Edit as new) to see them."
      />
    );
  }
  const columns = columnsFor(arms.length, width);
  return (
    <>
      <div className={viewStyles.controls}>
        {keys.length <= FEW && (width > ROOM || width === 0) ? (
          <SegmentedControl size="xs" aria-label="Weight" value={key} data={keys} onChange={setChosen} />
        ) : (
          <NativeSelect
            aria-label="Weight"
            value={key}
            data={keys}
            onChange={(event) => setChosen(event.currentTarget.value)}
            data-testid="weight"
          />
        )}
        <Switch label="Log epochs" checked={log} onChange={(event) => setLog(event.currentTarget.checked)} />
        <span className={viewStyles.keys} aria-hidden="true">
          <i className={viewStyles.key} /> median <i className={clsx(viewStyles.key, viewStyles.filled)} /> quartiles{" "}
          <i className={clsx(viewStyles.key, viewStyles.filled, viewStyles.faint)} /> least to greatest
        </span>
      </div>
      <div
        ref={ref}
        className={viewStyles.panels}
        style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
      >
        {width > 0 &&
          arms.map((arm, i) => (
            <NormPanel
              key={arm.name}
              arm={arm}
              weight={shown[i] ?? null}
              axes={axes}
              moved={moved}
              frames={frames[i] ?? null}
            />
          ))}
      </div>
      <NormTable arms={norms} weightKey={key} />
    </>
  );
}

/** A projection's sizes spread over decades; below a millionth of the largest nothing is to be seen. */
const FAINTEST = 1e-6;

function movedRange(shown: readonly (WeightNorms | null)[]): [number, number] {
  const sizes = shown.flatMap((each) => each?.projection?.filter((size) => size > 0) ?? []);
  if (sizes.length === 0) return [1e-3, 1];
  const largest = Math.max(...sizes);
  return [Math.min(largest / 10, Math.max(FAINTEST * largest, Math.min(...sizes))), largest];
}

function short(value: number): string {
  return value >= 0.01 ? String(Number(value.toPrecision(2))) : value.toExponential(0).replace("-", "−");
}

interface PanelProps {
  arm: ArmState;
  weight: WeightNorms | null;
  axes: NormsAxes;
  /** The least and the farthest that any projection moved the weight, in any arm. */
  moved: readonly [number, number];
  frames: Frames | null;
}

function NormPanel({ arm, weight, axes, moved, frames }: PanelProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const scheme = useScheme();
  const colour = armColour(arm.hue, scheme);
  const canvas = useMemo((): Canvas => ({ width, height: 230, scheme, zoomable: false }), [width, scheme]);
  const [low, high] = weight?.limits ?? [null, null];
  const layout = useMemo(() => normsLayout(axes, [low, high], canvas), [axes, low, high, canvas]);
  const data = useMemo(() => (weight ? normTraces(weight, colour, axes, canvas) : []), [weight, colour, axes, canvas]);
  const shown = useMemo(() => ({ data, layout }), [data, layout]);
  const status = weight && constraintStatus(arm, weight);
  const strip = weight && { epoch: weight.epoch, epochs: axes.epochs, log: axes.log, width, colour };
  return (
    <ArmPanel arm={arm} description={weight?.constraint ?? "no constraint on this weight"} testId="norms" parts={4}>
      <div ref={ref}>
        {width > 0 && weight && (
          <EpochCursor epochs={axes.epochs} log={axes.log} width={width} first={0}>
            <Plot figure={shown} label={sentence(arm, weight)} />
          </EpochCursor>
        )}
      </div>
      <NormLine weight={weight} />
      <div>
        {strip && width > 0 && weight?.binding ? (
          <>
            <NormStrip
              {...strip}
              title={`share of ${weight.groups > 1 ? "units" : "weights"} at the limit`}
              label={`Share at the limit, ${figure(100 * (weight.binding.at(-1) ?? 0), 0)} % at the end.`}
              values={weight.binding}
              range={[0, 1]}
              ends={["0", "100 %"]}
            />
            {weight.projection && (
              <NormStrip
                {...strip}
                title="how far the last projection moved the weight (log)"
                label={`Size of the last projection, ${figure(projectionSize(weight.projection.at(-1) ?? 0, weight.max.at(-1)))} at the end.`}
                values={weight.projection}
                range={moved}
                ends={[short(moved[0]), short(moved[1])]}
              />
            )}
          </>
        ) : (
          <p className={clsx("hint", viewStyles.figures)}>no limit, so nothing binds</p>
        )}
        {status && (
          <p
            className={clsx(CONSTRAINT_CLASS[String(status.isSatisfied)], viewStyles.figures)}
            data-testid={`constraint-status:${arm.name}`}
          >
            {status.text}
          </p>
        )}
      </div>
      <div>
        {frames && width > 0 && weight && (
          <NormHistogram frames={frames} weight={weight} width={width} top={axes.top} colour={colour} />
        )}
      </div>
    </ArmPanel>
  );
}

/** Figures at the epoch that is pointed at or chosen, else of the newest. */
function NormLine({ weight }: { weight: WeightNorms | null }) {
  const marked = useMarked();
  if (!weight?.epoch.length) return <p className={clsx("hint", viewStyles.figures)}>No snapshot yet</p>;
  const at = marked === null ? weight.epoch.length - 1 : stopAt(weight.epoch, marked);
  const share = weight.binding?.[at];
  const moved = weight.projection?.[at];
  return (
    <p className={viewStyles.figures} data-several>
      <span className={viewStyles.at}>epoch {count(weight.epoch[at] as number)}</span>
      <span>
        least <b>{figure(weight.min[at])}</b>
      </span>
      <span>
        median <b>{figure(weight.median[at])}</b>
      </span>
      <span>
        mean <b>{figure(weight.mean[at])}</b>
      </span>
      <span>
        greatest <b>{figure(weight.max[at])}</b>
      </span>
      {share !== undefined && (
        <span>
          at the limit <b>{figure(100 * share, 0)} %</b>
        </span>
      )}
      {moved !== undefined && (
        <span>
          projection <b>{figure(projectionSize(moved, weight.max[at]))}</b>
        </span>
      )}
    </p>
  );
}

function sentence(arm: ArmState, { layer, weight, groups, unit, epoch, median, min, max }: WeightNorms): string {
  const last = epoch.length - 1;
  if (last < 0) return `Norms of ${layer} ${weight} in ${arm.name}: no snapshot yet.`;
  const over = groups > 1 ? `${plural(groups, "norm")}, one for ${unit}` : "one norm";
  return (
    `Norms of ${layer} ${weight} in ${arm.name} up to epoch ${count(epoch[last] as number)}, ${over}: ` +
    `median ${figure(median[last])}, from ${figure(min[last])} to ${figure(max[last])}.`
  );
}

/** Table of the panels' values at the scrubber's epoch. */
function NormTable({ arms, weightKey }: { arms: readonly ArmNorms[]; weightKey: string }) {
  const stop = useStop();
  const columns = ["least", "lower quartile", "median", "mean", "upper quartile", "greatest"];
  return (
    <details className={viewStyles.details} data-testid="norms-table">
      <summary>As a table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label={`Norms of ${weightKey}`}>
        <table className={tableStyles.table}>
          <thead>
            <tr>
              <th scope="col">Arm</th>
              {["epoch", ...columns, "at the limit", "last projection"].map((title) => (
                <th scope="col" className={tableStyles.number} key={title}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {arms.map((arm) => {
              const weight = weightOf(arm, weightKey);
              if (!weight?.epoch.length) return null;
              const at = stopAt(weight.epoch, stop);
              const { min, lower, median, mean, upper, max, binding, projection } = weight;
              return (
                <tr key={arm.name}>
                  <th scope="row">{arm.name}</th>
                  <td className={tableStyles.number}>{count(weight.epoch[at] as number)}</td>
                  {[min, lower, median, mean, upper, max].map((values, i) => (
                    <td className={tableStyles.number} key={columns[i]}>
                      {figure(values[at], 4)}
                    </td>
                  ))}
                  <td className={tableStyles.number}>{binding ? `${figure(100 * (binding[at] ?? 0), 0)} %` : "–"}</td>
                  <td className={tableStyles.number}>
                    {figure(projection && projectionSize(projection[at] as number, max[at]), 4)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      <p className="hint">
        Quartiles, median and mean are means over {plural(arms[0]?.seeds ?? 0, "seed")}; least and greatest are of all.
      </p>
    </details>
  );
}
