import { useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { useEffect } from "react";
import { Link } from "wouter";
import type { SystemView } from "../api/types";
import { bytes, count, duration, plural } from "../format";
import { queries, queryClient } from "../state/queries";
import { Notice } from "../ui/Notice";
import tableStyles from "../ui/table.module.css";
import pageStyles from "./page.module.css";
import styles from "./System.module.css";

const retry = () => void queryClient.resetQueries({ queryKey: queries.system.queryKey });

/** State of the service: workers, queue, memory and disk. */
export function System() {
  const { data: system, failureReason: error } = useQuery(queries.system);
  useEffect(() => {
    document.title = "System · Constraint Lab";
  }, []);
  return (
    <main className={pageStyles.page}>
      <h1>
        System <span className="hint">{system ? `version ${system.version}` : "what runs where"}</span>
      </h1>
      {error && <Notice message={error.message} onRetry={retry} />}
      {system && (
        <>
          {system.alarms.length > 0 && (
            <ul className="wrong" aria-label="Alarms" data-testid="alarms">
              {system.alarms.map((alarm) => (
                <li key={alarm}>{alarm}.</li>
              ))}
            </ul>
          )}
          <Slots system={system} />
          <Figures system={system} />
        </>
      )}
    </main>
  );
}

function Slots({ system }: { system: SystemView }) {
  const slots = system.workers.flatMap((worker) => worker.slots.map((slot) => ({ worker, slot })));
  if (slots.length === 0) return <p className="wrong">No worker is running. Runs wait until one starts.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys scroll it
    <section className="scrolls" aria-label="Slots" tabIndex={0}>
      <table className={clsx(tableStyles.table, styles.figures)} data-testid="slots">
        <thead>
          <tr>
            {["Worker", "Slot", "Memory", "Trains", "Seed", "Epochs", "Since"].map((title) => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {slots.map(({ worker, slot: { process, memory, run } }) => (
            <tr key={`${worker.host} ${process}`}>
              <td>
                {worker.host} <span className="hint">process {worker.process}</span>
              </td>
              <td>{process}</td>
              <td>{memory === null ? "–" : bytes(memory)}</td>
              <td>
                {run ? (
                  <>
                    <Link href={`/experiments/${run.experiment}`}>{run.name}</Link>, {run.arm}
                  </>
                ) : (
                  <span className="hint">nothing</span>
                )}
              </td>
              <td>{run?.seed ?? "–"}</td>
              <td>{run ? `${count(run.epochs_done)} of ${count(run.epochs)}` : "–"}</td>
              <td>{run ? new Date(run.since).toLocaleTimeString() : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Figures({ system: { queue, recorder, redis, api_memory, disk_free, viewers } }: { system: SystemView }) {
  const longest = queue.oldest_seconds === null ? "" : `, the longest for ${duration(queue.oldest_seconds)}`;
  const rows: [string, string][] = [
    ["Queue", queue.runs ? `${plural(queue.runs, "run")} waiting${longest}` : "nothing waits"],
    [
      "Recorder",
      recorder.events ? `${plural(recorder.events, "event")}, ${duration(recorder.seconds)} behind` : "up to date",
    ],
    ["Watching", plural(viewers, "open stream")],
    ["Redis", redis.limit ? `${bytes(redis.used)} of ${bytes(redis.limit)}` : bytes(redis.used)],
    ["API", `${bytes(api_memory)} of memory`],
    ["Disk", `${bytes(disk_free)} left`],
  ];
  return (
    <table className={clsx(tableStyles.table, styles.figures)} data-testid="system">
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
