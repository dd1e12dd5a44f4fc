import { Button, Loader, Radio, VisuallyHidden } from "@mantine/core";
import { useMutation, useQueries, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { client, payload } from "../../api/client";
import type { ExperimentView } from "../../api/types";
import { draftOf } from "../../experiment/draftOf";
import { duration } from "../../format";
import { ClockContext, Hover, HoverContext } from "../../results/hover";
import { StatusBadge } from "../../results/StatusBadge";
import { type ArmState, armsOf } from "../../state/arms";
import { Clock } from "../../state/clock";
import type { LabState } from "../../state/fold";
import { allEpochs, type Frames } from "../../state/frames";
import { LiveExperiment } from "../../state/live";
import { forgetExperiment, queries } from "../../state/queries";
import { isClosed } from "../../state/status";
import { Notice } from "../../ui/Notice";
import { useLive } from "../useLive";
import type { Service } from "../useService";
import { type Attempt, attempts, nextLesson, saveAttempt } from "./attempts";
import { type Facts, factsOf } from "./figures";
import { LessonChart } from "./LessonChart";
import styles from "./learn.module.css";
import { LESSONS, type Lesson as LessonText } from "./lessons";
import { seenIn } from "./seen";
import type { Seen } from "./sentences";

/** Marks the experiments of lessons among one's own. */
const TAG = "lesson";

interface Props {
  lesson: LessonText;
  service: Service;
}

/** One lesson: predict, run, see. */
export function Lesson({ lesson, service }: Props) {
  const { data: preset, failureReason, refetch } = useQuery(queries.preset(lesson.preset));
  const before = useMemo(() => attempts().find((each) => each.lesson === lesson.id), [lesson]);
  const [answer, setAnswer] = useState<string | null>(before?.answer ?? null);
  const [experiment, setExperiment] = useState<string | null>(before?.experiment ?? null);
  const [started, setStarted] = useState<LiveExperiment | null>(null);
  useEffect(() => () => started?.end(), [started]);
  const { live, snapshot } = useLive(experiment, started);
  useEffect(() => {
    document.title = `${lesson.title} · Constraint Lab`;
  }, [lesson]);
  useEffect(() => () => (experiment === null ? undefined : forgetExperiment(experiment)), [experiment]);

  const run = useMutation({
    mutationFn: ({ posted }: { posted: ExperimentView["experiment"]; answer: string }) =>
      payload(
        client.POST("/api/experiments", { body: { ...posted, name: `Lesson: ${lesson.title}`, tags: [TAG] } as never }),
      ),
    onSuccess: (view, { answer }) => {
      const following = new LiveExperiment(null, view);
      following.attach(view);
      setStarted(following);
      setExperiment(view.id);
      saveAttempt(lesson.id, { answer, experiment: view.id });
    },
  });
  const again = () => {
    setAnswer(null);
    setExperiment(null);
    setStarted(null);
    run.reset();
    saveAttempt(lesson.id, null);
  };

  if (!preset) {
    return failureReason ? (
      <Notice message={failureReason.message} onRetry={() => void refetch()} />
    ) : (
      <Loader size="sm" />
    );
  }
  const facts = factsOf(preset.experiment);
  const { view, state, error } = snapshot ?? {};
  return (
    <article className={styles.lesson} data-testid={`lesson:${lesson.id}`}>
      <h1>{lesson.title}</h1>
      {lesson.scene(facts).map((text) => (
        <p key={text}>{text}</p>
      ))}
      <Prediction lesson={lesson} facts={facts} answer={answer} onAnswer={setAnswer} locked={experiment !== null} />
      {experiment === null && (
        <div className={styles.actions}>
          <Button
            disabled={answer === null}
            loading={run.isPending}
            onClick={() => answer && run.mutate({ posted: preset.experiment, answer })}
            data-testid="run-lesson"
          >
            Run it
          </Button>
          <span className="hint">
            {answer === null ? "Pick an answer first: a guess is enough." : "It trains now, on this lab."}
          </span>
        </div>
      )}
      {run.error && (
        <p className="wrong" role="alert">
          {run.error.message}
        </p>
      )}
      {error && <Notice message={error.message} onRetry={() => void live?.load()} />}
      {view && state && answer !== null && (
        <Outcome lesson={lesson} facts={facts} view={view} state={state} answer={answer} />
      )}
      {experiment !== null && (
        <After
          lesson={lesson}
          service={service}
          view={view ?? null}
          ended={Boolean(state && isClosed(state.status))}
          posted={preset.experiment}
          onAgain={again}
        />
      )}
    </article>
  );
}

interface PredictionProps {
  lesson: LessonText;
  facts: Facts;
  answer: string | null;
  onAnswer: (answer: string) => void;
  locked: boolean;
}

function Prediction({ lesson, facts, answer, onAnswer, locked }: PredictionProps) {
  return (
    <Radio.Group
      className={styles.question}
      label={lesson.question}
      value={answer}
      onChange={onAnswer}
      data-testid="prediction"
    >
      {lesson.options(facts).map(({ id, text }) => (
        <Radio key={id} value={id} label={text} disabled={locked && id !== answer} data-testid={`answer:${id}`} />
      ))}
    </Radio.Group>
  );
}

/** The arms of a lesson's experiment, each the same object for as long as its runs are. */
function useArms(view: ExperimentView, state: LabState): readonly ArmState[] {
  const last = useRef<ArmState[]>([]);
  last.current = armsOf(view, state, last.current, []);
  return last.current;
}

/** Frames of every arm, in their order, and a clock that shows the newest. */
function useNewestFrames(view: ExperimentView, arms: readonly ArmState[]): [readonly (Frames | null)[], Clock] {
  const answers = useQueries({ queries: arms.map((arm) => queries.frames(view.id, arm.name)) });
  const frames = answers.map(({ data }) => (data?.epoch.length ? data : null));
  const [clock] = useState(() => new Clock());
  const epochs = allEpochs(frames.map((each) => each?.epoch ?? []));
  useEffect(() => clock.setStops(epochs));
  return [frames, clock];
}

interface OutcomeProps {
  lesson: LessonText;
  facts: Facts;
  view: ExperimentView;
  state: LabState;
  answer: string;
}

/** The experiment as it goes, and in words once it has ended. */
function Outcome({ lesson, facts, view, state, answer }: OutcomeProps) {
  const arms = useArms(view, state);
  const [frames, clock] = useNewestFrames(view, arms);
  const [hover] = useState(() => new Hover());
  const evidence = { view, arms, frames };
  const seen = state.status === "finished" ? seenIn(lesson.id, evidence) : null;
  return (
    <HoverContext value={hover}>
      <ClockContext value={clock}>
        <section aria-label="Run" className={styles.outcome} data-testid="outcome">
          <VisuallyHidden component="h2">Outcome</VisuallyHidden>
          <LessonChart lesson={lesson.id} evidence={evidence} />
          <div aria-live="polite">
            {seen ? (
              <Answer lesson={lesson} facts={facts} seen={seen} answer={answer} />
            ) : (
              <Waiting state={state} view={view} />
            )}
          </div>
        </section>
      </ClockContext>
    </HoverContext>
  );
}

function Waiting({ state, view }: { state: LabState; view: ExperimentView }) {
  const failed = [...state.runs.values()].find((run) => run.error)?.error;
  const ended = isClosed(state.status) && state.status !== "finished";
  return (
    <p className={styles.waiting}>
      <StatusBadge status={state.status} />
      {ended ? (
        <>
          <span>{failed ?? "It was stopped before its end."} Do the lesson again, or</span>
          <Link href={`/experiments/${view.id}`}>open the experiment</Link>
        </>
      ) : (
        <span>{state.status === "queued" ? "It waits for a free worker." : "Watch the chart."}</span>
      )}
    </p>
  );
}

function Answer({ lesson, facts, seen, answer }: Omit<OutcomeProps, "view" | "state"> & { seen: Seen }) {
  const textOf = (id: string) => lesson.options(facts).find((option) => option.id === id)?.text;
  const right = seen.answer === answer;
  const found = textOf(seen.answer);
  return (
    <div data-testid="seen" data-answer={seen.answer}>
      <p className={styles.answer} data-right={right}>
        {right ? "As you said: " : "Not as you said: "}
        {found ? `${found.charAt(0).toLowerCase()}${found.slice(1)}.` : "none of these."}
      </p>
      <ul className={styles.sentences}>
        {seen.sentences.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <h2>To take away</h2>
      {seen.takeaway.map((text) => (
        <p key={text}>{text}</p>
      ))}
    </div>
  );
}

interface AfterProps {
  lesson: LessonText;
  service: Service;
  view: ExperimentView | null;
  /** Whether there is something to have seen: only then the next lesson is offered. */
  ended: boolean;
  posted: ExperimentView["experiment"];
  onAgain: () => void;
}

/** Ways to go on. */
function After({ lesson, service: { setup }, view, ended, posted, onAgain }: AfterProps) {
  const [, navigate] = useLocation();
  const done: readonly Attempt[] = attempts();
  const next = LESSONS.find(
    ({ id }) =>
      id ===
      nextLesson(
        LESSONS.map((each) => each.id),
        done,
      ),
  );
  const seconds =
    view?.started_at && view.finished_at ? (Date.parse(view.finished_at) - Date.parse(view.started_at)) / 1000 : null;
  const open = () => {
    setup.replace(draftOf(posted, setup.catalog), `The lesson “${lesson.title}” replaced the set-up.`);
    navigate("/");
  };
  return (
    <nav className={styles.actions} aria-label="Go on">
      {ended && next && next.id !== lesson.id && (
        <Button component={Link} href={`/learn/${next.id}`} data-testid="next-lesson">
          Next: {next.title}
        </Button>
      )}
      <Button variant="default" onClick={open} data-testid="open-in-lab">
        Open it in the Lab
      </Button>
      {view && (
        <Button variant="default" component={Link} href={`/experiments/${view.id}`}>
          See the experiment
        </Button>
      )}
      <Button variant="subtle" onClick={onAgain} data-testid="again">
        Do it again
      </Button>
      {seconds !== null && <span className="hint">trained in {duration(seconds)}</span>}
    </nav>
  );
}
