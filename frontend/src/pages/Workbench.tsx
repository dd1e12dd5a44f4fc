import { memo, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { ExperimentView, Preview } from "../api/types";
import { draftOf } from "../experiment/draftOf";
import { withDraws } from "../experiment/replicates";
import { isNumeric } from "../experiment/tasks";
import { ArmsCard } from "../form/cards/ArmsCard";
import { DataCard } from "../form/cards/DataCard";
import { NetworkCard } from "../form/cards/NetworkCard";
import { PredictionCard } from "../form/cards/PredictionCard";
import { SeedsCard } from "../form/cards/SeedsCard";
import { SweepCard } from "../form/cards/SweepCard";
import { TrainingCard } from "../form/cards/TrainingCard";
import { OpenCardContext, SetupProvider, useWrongUnder } from "../form/context";
import { saveDrafts } from "../form/draftStorage";
import { NameField } from "../form/NameField";
import { optimisticView } from "../form/optimisticView";
import { PresetPicker } from "../form/PresetPicker";
import { DataPreview } from "../form/preview/DataPreview";
import { type PreviewState, usePreview } from "../form/preview/usePreview";
import { RunBar } from "../form/RunBar";
import { RunSummary } from "../form/RunSummary";
import { SetupTools } from "../form/SetupTools";
import type { Setup } from "../form/store";
import { UndoNotice } from "../form/UndoNotice";
import { useChecked } from "../form/useChecked";
import { type RunHandlers, useRun } from "../form/useRun";
import { LiveExperiment } from "../state/live";
import { Notice } from "../ui/Notice";
import { useTouched } from "../ui/touched";
import { ViewBoundary } from "../ui/ViewBoundary";
import { ExperimentSkeleton } from "./ExperimentSkeleton";
import { ExperimentPage } from "./places";
import type { Service } from "./useService";
import styles from "./Workbench.module.css";

interface Props {
  service: Service;
  /** The experiment shown; null on the Lab page, which shows the data set instead. */
  id: string | null;
}

/** The form beside the data set on the Lab page, or beside the results of an experiment. */
export function Workbench({ service, id }: Props) {
  const [, navigate] = useLocation();
  // The experiment of the draft; its id is null until it is created.
  const [started, setStarted] = useState<LiveExperiment | null>(null);
  const startedNow = useRef(started);
  startedNow.current = started?.id === null ? started : null;
  const [waiting, setWaiting] = useState(false);
  const [opened, setOpened] = useState(false);
  // Kept here, so that the set-up comes back as it was.
  const openCard = useState<string | null>(null);
  useEffect(() => () => started?.end(), [started]);
  useEffect(() => {
    // Navigating elsewhere stops following the experiment; the experiment itself goes on.
    setStarted((before) => (before?.id === id ? before : null));
    setOpened(false);
  }, [id]);

  const { setup } = service;
  useEffect(() => saveDrafts(setup), [setup]);
  const score = useRef<ExperimentView["score"]>("accuracy");
  const expect = useCallback(() => {
    if (setup.problems.list.length) return false;
    const view = optimisticView(setup, score.current);
    if (!view) return false;
    if (startedNow.current) startedNow.current.expect(view);
    else setStarted(new LiveExperiment(null, view));
    return true;
  }, [setup]);
  // Mounting the results takes longer than the first points take to arrive. So they are mounted hidden while the draft
  // is edited, and Run only shows them.
  const touched = useTouched();
  useWhenIdle(setup, id === null && !waiting && touched ? expect : null);

  const run: RunHandlers = {
    onWaiting: () => {
      if (!expect()) return;
      setWaiting(true);
      window.scrollTo({ top: 0 });
    },
    onRefused: () => setWaiting(false),
    onCreated: (view) => {
      const live = startedNow.current ?? new LiveExperiment(null, view);
      live.attach(view);
      setStarted(live);
      setWaiting(false);
      window.scrollTo({ top: 0 });
      navigate(`/experiments/${view.id}`);
    },
  };
  const onEdit = useCallback(
    (experiment: ExperimentView["experiment"]) => {
      setup.replace(draftOf(experiment, setup.catalog), `“${experiment.name}” replaced the set-up.`);
      navigate("/");
    },
    [setup, navigate],
  );
  // Replaces the draft by the experiment on more draws of its rows, and runs it.
  const { run: runDraws } = useRun(setup, {
    ...run,
    onRefused: () => {
      setWaiting(false);
      navigate("/");
    },
  });
  const draws = useRef({ runDraws });
  draws.current = { runDraws };
  const onDraws = useCallback(
    (experiment: ExperimentView["experiment"], wanted: number) => {
      setup.replace(withDraws(draftOf(experiment, setup.catalog), wanted));
      draws.current.runDraws();
    },
    [setup],
  );
  const running = started !== null && (started.id === null ? waiting : started.id === id);
  const lab = id === null && !running;
  const prepared = lab && started?.id === null;
  return (
    <main
      className={styles.workbench}
      data-setup={lab || opened || undefined}
      data-place-name={lab ? "lab" : "experiment"}
    >
      {(lab || opened) && <SetUp service={service} score={score} showsData={lab} openCard={openCard} run={run} />}
      {(!lab || prepared) && (
        <div
          className={styles.content}
          data-prepared={prepared || undefined}
          data-testid={prepared ? "prepared" : undefined}
        >
          <ViewBoundary key={running || prepared ? "started" : id}>
            <Suspense fallback={<ExperimentSkeleton />}>
              <ExperimentPage
                id={running ? started.id : id}
                started={started}
                catalog={setup.catalog}
                onEdit={onEdit}
                onDraws={onDraws}
                setUp={running ? { open: opened, toggle: () => setOpened((before) => !before) } : null}
              />
              {running && <FocusOnName />}
            </Suspense>
          </ViewBoundary>
        </div>
      )}
    </main>
  );
}

/** Takes the reader along when Run is pressed. The name is not seen to have the focus, and the next Tab goes on from it. */
function FocusOnName() {
  useEffect(() => document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true }), []);
  return null;
}

const IDLE_PAUSE = 300;

/** Calls `task` once the draft has not changed for `IDLE_PAUSE` and the browser is idle. */
function useWhenIdle(setup: Setup, task: (() => void) | null): void {
  useEffect(() => {
    if (!task) return;
    const idle = window.requestIdleCallback ?? setTimeout;
    const end = window.cancelIdleCallback ?? clearTimeout;
    let waiting = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let draft: unknown = null;
    const wait = () => {
      if (setup.draft === draft) return;
      draft = setup.draft;
      clearTimeout(timer);
      end(waiting);
      timer = setTimeout(() => {
        waiting = idle(task);
      }, IDLE_PAUSE);
    };
    wait();
    const leave = setup.subscribe(wait);
    return () => {
      leave();
      clearTimeout(timer);
      end(waiting);
    };
  }, [setup, task]);
}

interface SetUpProps {
  service: Service;
  /** Ref that receives the name of the score. */
  score: { current: ExperimentView["score"] };
  /** Draws the data set beside the form. */
  showsData: boolean;
  /** Title of the card that is open, and its choice. */
  openCard: [string | null, (title: string | null) => void];
  run: RunHandlers;
}

function SetUp({ service: { setup, presets }, score, showsData, openCard, run: handlers }: SetUpProps) {
  const [, navigate] = useLocation();
  const preview = usePreview(setup);
  useChecked(setup);
  score.current = preview.preview && isNumeric(preview.preview.task) ? "r2" : "accuracy";
  const { busy, refusal, run } = useRun(setup, handlers);
  return (
    <SetupProvider value={setup}>
      <OpenCardContext value={openCard}>
        <form className={styles.setup} aria-label="Set-up" onSubmit={(event) => event.preventDefault()}>
          <RunBar
            busy={busy}
            refusal={refusal}
            preview={preview.preview}
            onRun={run}
            onSuite={(suite) => navigate(`/suites/${suite}`)}
          />
          <Cards presets={presets} preview={preview.preview} isOther={preview.isOther} />
        </form>
        {showsData && <Data preview={preview} />}
      </OpenCardContext>
    </SetupProvider>
  );
}

interface CardsProps {
  presets: Service["presets"];
  preview: Preview | null;
  /** Whether the preview is of other data than the draft's. */
  isOther: boolean;
}

/** All cards of the form, memoized so that changes beside them don't render them again. */
const Cards = memo(function Cards({ presets, preview, isOther }: CardsProps) {
  return (
    <div className={styles.cards}>
      <div className={styles.opening}>
        <NameField />
        <PresetPicker presets={presets} />
        <SetupTools />
      </div>
      <div className={styles.notice}>
        <UndoNotice of="replaced" />
      </div>
      <DataCard preview={isOther ? null : preview} />
      <NetworkCard preview={preview} />
      <TrainingCard preview={preview} />
      <ArmsCard />
      <SweepCard />
      <SeedsCard />
      <PredictionCard />
    </div>
  );
});

function Data({ preview: { preview, stale, isOther, error, retry } }: { preview: PreviewState }) {
  const wrong = useWrongUnder(["dataset"]);
  const changed = wrong ? "As it was before: fix the marked fields to draw it anew" : null;
  const note = isOther ? "The data set before; yours is being read" : changed;
  return (
    <div className={styles.content}>
      <div className={styles.stage}>
        <div>
          {error && <Notice message={error} onRetry={retry} />}
          {wrong && !preview && <p className="hint">The data set is drawn once its settings are valid.</p>}
          {preview && <DataPreview preview={preview} stale={stale} note={stale ? note : null} />}
        </div>
        <RunSummary score={preview && isNumeric(preview.task) ? "r2" : "accuracy"} />
      </div>
    </div>
  );
}
