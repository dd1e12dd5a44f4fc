import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { ExperimentView, Status } from "../api/types";
import { queries } from "../state/queries";
import { isClosed } from "../state/status";
import { announce } from "../ui/announce";

/** Tells screen readers that the experiment has started, and that it has ended with which answer. */
export function useSpokenProgress({ id, name }: Pick<ExperimentView, "id" | "name">, status: Status): void {
  const client = useQueryClient();
  const open = !isClosed(status);
  const followed = useRef<string | null>(null);
  useEffect(() => {
    if (id === "") return;
    if (open) {
      if (followed.current !== id) announce(`${name} has started`);
      followed.current = id;
      return;
    }
    if (followed.current !== id) return;
    followed.current = null;
    const ended = `${name} is ${status}`;
    const verdict = queries.verdict(id);
    // One that is on its way may be from before the end.
    const last = client.cancelQueries(verdict).then(() => client.fetchQuery({ ...verdict, staleTime: 0 }));
    void last.then(
      ({ headline }) => announce(`${ended}. ${headline}`),
      () => announce(ended),
    );
  }, [client, id, name, open, status]);
}
