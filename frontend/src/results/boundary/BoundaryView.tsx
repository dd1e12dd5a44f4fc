import clsx from "clsx";
import { valueAt } from "../../charts/series";
import { useWidth } from "../../charts/useWidth";
import { count, figure, scoreName } from "../../format";
import type { ArmState } from "../../state/arms";
import { stopAt } from "../../state/clock";
import type { Frames } from "../../state/frames";
import { isClosed } from "../../state/status";
import { ArmPanel } from "../ArmPanel";
import { columnsFor } from "../columns";
import { EmptyState } from "../EmptyState";
import { useStop } from "../hover";
import { runText } from "../runText";
import { useFrames } from "../useFrames";
import viewStyles from "../view.module.css";
import type { ViewProps } from "../viewProps";
import { BoundaryCurveDrawing, BoundaryMapDrawing } from "./BoundaryDrawing";
import { BoundaryKey } from "./BoundaryKey";

/** Each arm's prediction over two features, or along one, with its training and test rows. */
export function BoundaryView(props: ViewProps) {
  const { arms, view, state } = props;
  const { frames, all, error, waiting } = useFrames(props);
  const [ref, width] = useWidth<HTMLDivElement>();
  const drawn = all.find((each) => each.boundary);
  if (!drawn?.boundary) {
    return (
      <EmptyState
        id={view.id}
        error={error}
        waiting={waiting}
        kept={all.length > 0}
        over={isClosed(state.status)}
        yet="No snapshots yet. Boundaries are drawn for data of two features (or one, where a number is predicted), from the first epochs on."
        never="Boundaries are drawn for data of two features (or one, where a number is predicted) and one target; this experiment has none."
      />
    );
  }
  const columns = columnsFor(arms.length, width, drawn.boundary.kind === "plane");
  return (
    <>
      <BoundaryKey frames={drawn} />
      <div
        ref={ref}
        className={viewStyles.panels}
        style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
      >
        {width > 0 && arms.map((arm, i) => <BoundaryPanel key={arm.name} arm={arm} frames={frames[i] ?? null} />)}
      </div>
    </>
  );
}

function BoundaryPanel({ arm, frames }: { arm: ArmState; frames: Frames | null }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const boundary = frames?.boundary;
  return (
    <ArmPanel arm={arm} description={arm.words.join("; ") || "no constraint"} testId="boundary" parts={2}>
      <div ref={ref}>
        {width > 0 && frames && boundary?.kind === "plane" && (
          <BoundaryMapDrawing frames={frames} boundary={boundary} width={width} />
        )}
        {width > 0 && frames && boundary?.kind === "curve" && (
          <BoundaryCurveDrawing frames={frames} boundary={boundary} width={width} hue={arm.hue} />
        )}
      </div>
      <BoundaryLine arm={arm} frames={frames} />
    </ArmPanel>
  );
}

/** Scores of the drawn run at the epoch shown. */
function BoundaryLine({ arm, frames }: { arm: ArmState; frames: Frames | null }) {
  const stop = useStop();
  if (!frames) return <p className={clsx("hint", viewStyles.figures)}>No snapshot yet</p>;
  const epoch = frames.epoch[stopAt(frames.epoch, stop)] as number;
  // Frames are kept of an arm's first run.
  const [first] = arm.runs;
  const curves = first?.curves;
  const at = (metric: "train_score" | "test_score") =>
    curves && epoch > 0 ? valueAt(curves.epoch.view(), curves[metric].view(), epoch) : null;
  return (
    <p className={viewStyles.figures}>
      <span className={viewStyles.at}>epoch {count(epoch)}</span>
      {epoch > 0 && (
        <>
          <span>
            train <b>{figure(at("train_score"))}</b>
          </span>
          <span>
            test <b>{figure(at("test_score"))}</b>
          </span>
          <span className="hint">{scoreName(arm.score)}</span>
        </>
      )}
      {epoch === 0 && <span>before any training</span>}
      {first && arm.runs.length > 1 && <span>only {runText(first, arm.runs)}</span>}
    </p>
  );
}
