import { useMediaQuery } from "@mantine/hooks";
import { useMemo, useRef } from "react";
import type { Score } from "../../api/types";
import { ArmFollowing, type Family } from "../../charts/series";
import type { SpreadKind } from "../../charts/spread";
import { useWidth } from "../../charts/useWidth";
import type { ArmState } from "../../state/arms";
import { useScheme } from "../../ui/scheme";
import { columnsFor } from "../columns";
import { usePanelHeight } from "../usePanelHeight";
import viewStyles from "../view.module.css";
import { type CurveOptions, drawnArm, viewOf } from "./curveOptions";
import type { DrawnArm } from "./curves";
import { Overlay, Panel, type Shared } from "./Panel";
import { sameCurves } from "./sameCurves";

/** An arm whose series take longer than this to add up is renewed less often while it runs. Milliseconds. */
const CHEAP = 4;
const REST = 10;

interface CachedArm {
  following: ArmFollowing;
  arm: ArmState;
  key: string;
  drawn: DrawnArm;
  /** Time from which its series may be rebuilt. */
  due: number;
}

/** The arms with the series to draw; one that has nothing new is the same object as before. */
function useDrawn(arms: readonly ArmState[], family: Family): readonly DrawnArm[] {
  const scheme = useScheme();
  const cache = useRef(new Map<string, CachedArm>());
  return arms.map((arm) => {
    const old = cache.current.get(arm.name);
    const key = `${family} ${scheme}`;
    const now = performance.now();
    if (old?.key === key && (old.arm === arm || (arm.status === "running" && now < old.due))) return old.drawn;
    const following = old?.following ?? new ArmFollowing();
    const drawn = drawnArm(arm, family, scheme, following);
    const took = performance.now() - now;
    const due = took > CHEAP ? now + REST * took : 0;
    cache.current.set(arm.name, { following, arm, key, drawn, due });
    return drawn;
  });
}

const FAINT_PAUSE = 400;

/** The baseline as it is drawn behind the others: while it grows, renewed only now and then, to spare their redrawing. */
function useFaint(arm: ArmState | undefined, drawn: DrawnArm | undefined): DrawnArm | null {
  const last = useRef<{ drawn: DrawnArm | null; at: number }>({ drawn: null, at: 0 });
  const now = performance.now();
  const due = arm?.status !== "running" || now - last.current.at > FAINT_PAUSE;
  if (drawn && (due || last.current.drawn?.colour !== drawn.colour)) last.current = { drawn, at: now };
  return last.current.drawn;
}

/** The previous object for as long as `value` is equal to it. */
function useSame<T>(value: T): T {
  const last = useRef(value);
  if (JSON.stringify(last.current) !== JSON.stringify(value)) last.current = value;
  return last.current;
}

/** Pixels of a panel beside its chart: its name and figures, and the space below. */
const HEAD = 34;
/** Pixels kept for the names and figures below the chart of all arms. */
const LEGEND = 110;

interface Props {
  arms: readonly ArmState[];
  score: Score;
  /** The last epoch of the axis. */
  lastEpoch: number;
  options: CurveOptions;
  onOptions: (options: CurveOptions) => void;
  spread: SpreadKind;
}

/** Train and test curves, a panel for each arm. */
export function CurvePanels({ arms, score, lastEpoch, options, onOptions, spread }: Props) {
  const { family, together } = options;
  // What stands below waits for the panels.
  const [ref, width] = useWidth<HTMLDivElement>(true);
  const scheme = useScheme();
  const coarse = useMediaQuery("(pointer: coarse)") ?? false;
  const drawn = useDrawn(arms, family);
  const shown = useSame(viewOf(options, spread, lastEpoch, drawn, score));
  const columns = columnsFor(arms.length, width);
  const height = usePanelHeight(together ? 1 : Math.ceil(arms.length / columns)) - (together ? LEGEND : HEAD);
  const now = useRef({ options, onOptions });
  now.current = { options, onOptions };
  const shared = useMemo((): Shared => {
    const zoomTo = (to: CurveOptions["zoom"]) => now.current.onOptions({ ...now.current.options, zoom: to });
    return { view: shown, scheme, height, zoomable: !coarse, onZoom: zoomTo, onReset: () => zoomTo(null) };
  }, [shown, scheme, height, coarse]);
  const baseline = useFaint(arms[0], drawn[0]);
  const same = useSame(sameCurves(arms, drawn));
  return (
    <div
      ref={ref}
      className={viewStyles.panels}
      style={{ gridTemplateColumns: `repeat(${together ? 1 : columns}, minmax(0, 1fr))` }}
    >
      {width > 0 &&
        (together ? (
          <Overlay arms={arms} drawn={drawn} shared={shared} />
        ) : (
          arms.map((arm, i) => (
            <Panel
              key={arm.name}
              arm={arm}
              drawn={drawn[i] as DrawnArm}
              baseline={i > 0 ? baseline : null}
              same={same[i] ?? null}
              shared={shared}
            />
          ))
        ))}
    </div>
  );
}
