import { Button, Chip, Loader, SegmentedControl } from "@mantine/core";
import { useElementSize, useViewportSize } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Family } from "../../charts/series";
import { scoreTitle, unbroken } from "../../format";
import type { ArmState } from "../../state/arms";
import type { Frames } from "../../state/frames";
import { queries } from "../../state/queries";
import { isClosed } from "../../state/status";
import { BoundaryCurveDrawing, BoundaryMapDrawing } from "../boundary/BoundaryDrawing";
import { BoundaryKey } from "../boundary/BoundaryKey";
import { BareCurves } from "../curves/BareCurves";
import { Scrubber } from "../Scrubber";
import { useFrames } from "../useFrames";
import type { ViewProps } from "../viewProps";
import styles from "./Present.module.css";
import { columnsOf, firstArms, heightsOf, MOST_ARMS, toggled, zoomFor } from "./stage";

interface Props extends Pick<ViewProps, "view" | "state" | "allArms" | "lastEpoch"> {
  family: Family;
  logLoss: boolean;
  onFamily: (family: Family) => void;
  onEnd: () => void;
}

/** The experiment for a room: its headline, and the chosen arms' curves and predictions, as large as the screen allows. */
export default function Present({ onEnd, ...shown }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => {
      // Who began with a key had the focus nowhere.
      const back = before instanceof HTMLElement && before !== document.body ? before : null;
      requestAnimationFrame(() => (back ?? document.querySelector<HTMLElement>("main h1"))?.focus());
    };
  }, []);
  return (
    <dialog
      ref={ref}
      className={styles.present}
      aria-label={`${shown.view.name}, presented`}
      onClose={onEnd}
      data-testid="present"
    >
      <Stage {...shown} onEnd={onEnd} />
    </dialog>
  );
}

function Stage({ view, state, allArms, lastEpoch, family, logLoss, onFamily, onEnd }: Props) {
  const names = allArms.map((arm) => arm.name);
  const [chosen, setChosen] = useState(() => firstArms(names));
  const arms = allArms.filter((arm) => chosen.includes(arm.name));
  const { data: verdict } = useQuery({ ...queries.verdict(view.id), enabled: allArms.some((arm) => arm.n > 0) });
  const { frames, all } = useFrames({ view, arms });
  const hasMaps = all.some((each) => each.boundary);
  const { width, height } = useViewportSize();
  const zoom = zoomFor(width, height, arms.length);
  const { ref, ...stage } = useElementSize();
  const columns = columnsOf(width, arms.length);
  const heights = heightsOf(columns < arms.length ? 0 : stage.height / zoom, hasMaps);
  const panel = (stage.width / zoom - 16 * (columns - 1)) / columns;
  const map = all.find((each) => each.boundary);
  return (
    <>
      <header className={styles.head}>
        <p className={styles.name}>{view.name}</p>
        <h2 className={styles.headline} data-testid="present-headline">
          {unbroken(verdict?.headline ?? "The answer comes with the first results")}
        </h2>
      </header>
      <div ref={ref} className={styles.stage}>
        {stage.width > 0 && (
          <div className={styles.enlarged} style={{ zoom, width: Math.floor(stage.width / zoom) }} data-zoom={zoom}>
            <BareCurves
              arms={arms}
              score={view.score}
              family={family}
              logLoss={logLoss}
              lastEpoch={lastEpoch}
              columns={columns}
              height={heights.curves}
            />
            {hasMaps && (
              <div
                className={styles.maps}
                style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
                data-testid="present-maps"
              >
                {map && <BoundaryKey frames={map} />}
                {arms.map((arm, i) => (
                  <Prediction
                    key={arm.name}
                    arm={arm}
                    frames={frames[i] ?? null}
                    width={Math.floor(panel)}
                    height={heights.maps}
                  />
                ))}
              </div>
            )}
          </div>
        )}
      </div>
      <footer className={styles.foot}>
        <div className={styles.scrubber}>
          <Scrubber live={!isClosed(state.status)} />
        </div>
        <SegmentedControl
          size="sm"
          aria-label="What is drawn"
          value={family}
          data={[
            { value: "score", label: scoreTitle(view.score) },
            { value: "loss", label: "Loss" },
          ]}
          onChange={(value) => onFamily(value as Family)}
        />
        {names.length > 1 && (
          <fieldset className={styles.arms} aria-label="Arms shown">
            {names.map((name) => (
              <Chip
                key={name}
                size="sm"
                checked={chosen.includes(name)}
                disabled={!chosen.includes(name) && chosen.length >= MOST_ARMS}
                onChange={() => setChosen(toggled(chosen, name, names))}
              >
                {name}
              </Chip>
            ))}
          </fieldset>
        )}
        <Button variant="subtle" size="sm" onClick={onEnd} title="P or Escape">
          End
        </Button>
      </footer>
    </>
  );
}

interface PredictionProps {
  arm: ArmState;
  frames: Frames | null;
  width: number;
  height: number;
}

/** The arm's prediction at the scrubber's epoch. */
function Prediction({ arm, frames, width, height }: PredictionProps) {
  const boundary = frames?.boundary;
  return (
    <section aria-label={`${arm.name}, boundary`} data-testid={`present:${arm.name}`}>
      {frames && boundary?.kind === "plane" && (
        <BoundaryMapDrawing frames={frames} boundary={boundary} width={width} tallest={height - 32} />
      )}
      {frames && boundary?.kind === "curve" && (
        <BoundaryCurveDrawing frames={frames} boundary={boundary} width={width} hue={arm.hue} tallest={height} />
      )}
      {!frames && <Loader size="sm" />}
    </section>
  );
}
