import { useMemo, useRef } from "react";
import type { Score } from "../../api/types";
import { ArmFollowing, type Family } from "../../charts/series";
import type { ArmState } from "../../state/arms";
import { type Scheme, useScheme } from "../../ui/scheme";
import viewStyles from "../view.module.css";
import { CURVE_OPTIONS, drawnArm, viewOf } from "./curveOptions";
import type { DrawnArm, View } from "./curves";
import { Panel, type Shared } from "./Panel";

interface CachedArm {
  following: ArmFollowing;
  arm: ArmState;
  drawn: DrawnArm;
}

/** The arms with the series to draw; one that has nothing new is the same object as before. */
function useDrawn(arms: readonly ArmState[], family: Family, scheme: Scheme): readonly DrawnArm[] {
  // biome-ignore lint/correctness/useExhaustiveDependencies: each family and scheme has a cache of its own
  const cache = useMemo(() => new Map<string, CachedArm>(), [family, scheme]);
  return arms.map((arm) => {
    const old = cache.get(arm.name);
    if (old?.arm === arm) return old.drawn;
    const following = old?.following ?? new ArmFollowing();
    const drawn = drawnArm(arm, family, scheme, following);
    cache.set(arm.name, { following, arm, drawn });
    return drawn;
  });
}

interface Props {
  arms: readonly ArmState[];
  score: Score;
  family: Family;
  /** Whether the axis of the loss is logarithmic. */
  logLoss?: boolean;
  lastEpoch: number;
  columns: number;
  /** Height of a chart, in pixels. */
  height: number;
}

const nothing = () => undefined;

/** Train and test curves, a panel for each arm, with nothing to set. */
export function BareCurves({ arms, score, family, logLoss = false, lastEpoch, columns, height }: Props) {
  const scheme = useScheme();
  const drawn = useDrawn(arms, family, scheme);
  const last = useRef<View>(null);
  const now = viewOf({ ...CURVE_OPTIONS, family, logLoss }, "sd", lastEpoch, drawn, score);
  if (JSON.stringify(last.current) !== JSON.stringify(now)) last.current = now;
  const view = last.current ?? now;
  const shared = useMemo(
    (): Shared => ({ view, scheme, height, zoomable: false, onZoom: nothing, onReset: nothing }),
    [view, scheme, height],
  );
  return (
    <div className={viewStyles.panels} style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
      {arms.map((arm, i) => (
        <Panel
          key={arm.name}
          arm={arm}
          drawn={drawn[i] as DrawnArm}
          baseline={i > 0 ? (drawn[0] ?? null) : null}
          shared={shared}
        />
      ))}
    </div>
  );
}
