/** Lessons that were answered, in their order, in the browser's storage. */

export interface Attempt {
  lesson: string;
  answer: string;
  /** Id of the experiment. */
  experiment: string;
}

const KEY = "lessons";

function isAttempt(value: unknown): value is Attempt {
  const { lesson, answer, experiment } = (value ?? {}) as Record<string, unknown>;
  return [lesson, answer, experiment].every((each) => typeof each === "string");
}

/** All attempts, the first answered first. */
export function attempts(): Attempt[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isAttempt) : [];
  } catch {
    return []; // Storage is blocked, or its content is something else.
  }
}

/** The attempts with `lesson` answered anew: last, in place of an earlier answer. Null: no longer answered. */
export function withAttempt(before: readonly Attempt[], lesson: string, attempt: Omit<Attempt, "lesson"> | null) {
  const others = before.filter((each) => each.lesson !== lesson);
  return attempt ? [...others, { lesson, ...attempt }] : others;
}

export function saveAttempt(lesson: string, attempt: Omit<Attempt, "lesson"> | null): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(withAttempt(attempts(), lesson, attempt)));
  } catch {
    // Without storage an answer lasts as long as its page.
  }
}

/** The lesson to go on with: the first after the last answered that is not answered yet, else any left; null when all are. */
export function nextLesson(lessons: readonly string[], done: readonly Attempt[]): string | null {
  const answered = new Set(done.map((each) => each.lesson));
  const last = lessons.indexOf(done.at(-1)?.lesson ?? "");
  const order = [...lessons.slice(last + 1), ...lessons.slice(0, last + 1)];
  return order.find((lesson) => !answered.has(lesson)) ?? null;
}
