import { useEffect } from "react";
import { client, payload } from "../api/client";
import { followChecks } from "./checker";
import type { Setup } from "./store";

/** Checks the draft on the service shortly after each change. */
export function useChecked(setup: Setup): void {
  useEffect(
    () => followChecks(setup, (body, signal) => payload(client.POST("/api/experiments/check", { body, signal }))),
    [setup],
  );
}
