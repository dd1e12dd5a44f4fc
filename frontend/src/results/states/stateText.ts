import type { ExperimentView, Status } from "../../api/types";
import { count, plural } from "../../format";
import type { RunState } from "../../state/fold";
import { isClosed } from "../../state/status";

/** Sentence on a wait: for a worker, for files that workers can't get, or for others; and what else is wrong. */
export function waitingText(
  ahead: ExperimentView["ahead"],
  slots: number | null,
  delays: ExperimentView["delays"],
  alarms: readonly string[] = [],
): string {
  const [reason] = delays;
  if (slots === 0) return "Waiting: no worker is running. It starts as soon as one is.";
  if (reason) return `Waiting for its files. ${reason}.`;
  if (alarms[0]) return `Waiting. ${alarms[0]}.`;
  if (!ahead || ahead.runs === 0) return "Waiting for a free worker: it is next.";
  const others = plural(ahead.experiments, "experiment");
  return `Waiting for a free worker: ${others} with ${plural(ahead.runs, "run")} ${ahead.experiments === 1 ? "is" : "are"} before it.`;
}

/** Words in the verdict's place before there is one. */
export function unansweredText(status: Status, waiting: string): string {
  if (status === "queued") return waiting;
  if (status === "paused") return "Paused before the first results. Resume goes on where it stopped.";
  if (isClosed(status)) return "The runs have ended. The answer is being fetched.";
  return "The answer comes with the first results";
}

/** "3 of 4 runs"; "the run" where there is one. */
function shareText(some: number, all: number): string {
  return all === 1 ? "The run" : some === all ? `All ${count(all)} runs` : `${count(some)} of ${plural(all, "run")}`;
}

/** Reasons for which runs failed, each with the number of runs, the most frequent first. */
export function reasonsOf(runs: readonly Pick<RunState, "status" | "error">[]): { reason: string; runs: number }[] {
  const counts = new Map<string, number>();
  for (const { status, error } of runs) {
    if (status !== "failed") continue;
    const reason = error ?? "No reason was recorded";
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([reason, runs]) => ({ reason, runs })).sort((a, b) => b.runs - a.runs);
}

/** Sentences on an end with runs that failed or were cancelled: the reason first, and what is kept. */
export function endedText(runs: readonly Pick<RunState, "status" | "error" | "epochsDone">[]): {
  title: string;
  rest: string;
} {
  const of = (status: Status) => runs.filter((run) => run.status === status).length;
  const [failed, cancelled, finished] = [of("failed"), of("cancelled"), of("finished")];
  const [first, ...others] = reasonsOf(runs);
  const reached = Math.max(0, ...runs.filter((run) => run.status === "cancelled").map((run) => run.epochsDone));
  const kept =
    finished > 0
      ? ` The ${finished === 1 ? "one that" : `${count(finished)} that`} finished stay${finished === 1 ? "s" : ""}.`
      : "";
  const stopped = `${shareText(cancelled, runs.length)} ${cancelled === 1 ? "was" : "were"} cancelled${reached > 0 ? `, at epoch ${count(reached)}${cancelled > 1 ? " at most" : ""}` : " before any epoch"}.`;
  if (!first) return { title: stopped, rest: kept.trim() || "No run finished, so there is nothing to compare." };
  const more =
    others.length > 0
      ? ` ${plural(others.length, "other reason")} stand${others.length === 1 ? "s" : ""} in the table.`
      : "";
  const also = cancelled > 0 ? ` ${stopped}` : "";
  return { title: first.reason, rest: `${shareText(failed, runs.length)} failed.${more}${also}${kept}` };
}

/** "Train the 3 failed runs again". */
export function retryText(runs: readonly Pick<RunState, "status">[]): string {
  const failed = runs.some((run) => run.status === "failed");
  const again = runs.filter((run) => run.status === "failed" || run.status === "cancelled").length;
  if (failed && again === runs.length) return "Retry";
  return `${failed ? "Retry" : "Train"} ${again === 1 ? "this run" : `these ${count(again)} runs`}${failed ? "" : " again"}`;
}
