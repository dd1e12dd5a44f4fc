import { useEffect, useId, useRef, useSyncExternalStore } from "react";
import type { KeyName } from "./keys";

/** One entry of the command palette. */
export interface Command {
  /** Unique among the commands that are offered together. */
  id: string;
  title: string;
  group: "actions" | "views" | "places" | "presets" | "page";
  /** Stands before the others of its group. */
  first?: boolean;
  summary?: string;
  /** Key that does it as well. */
  key?: KeyName;
  run: () => void;
}

const GROUPS: readonly Command["group"][] = ["actions", "views", "places", "presets", "page"];

/** Commands that parts of the page offer while they are shown. */
class Commands {
  private readonly offered = new Map<string, readonly Command[]>();
  private readonly listeners = new Set<() => void>();
  private all: readonly Command[] = [];

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  current = (): readonly Command[] => this.all;

  /** Replaces what `part` offers. */
  offer(part: string, commands: readonly Command[]): void {
    if (commands.length) this.offered.set(part, commands);
    else this.offered.delete(part);
    const all = [...this.offered.values()].flat().sort((a, b) => Number(b.first ?? false) - Number(a.first ?? false));
    this.all = GROUPS.flatMap((group) => all.filter((command) => command.group === group));
    for (const listener of this.listeners) listener();
  }
}

const commands = new Commands();

/** Offers `offered` in the command palette while the calling component is mounted. */
export function useCommands(offered: readonly Command[]): void {
  const part = useId();
  const now = useRef(offered);
  now.current = offered;
  // What they do may be another function with each rendering; the palette learns of what it shows.
  const shown = JSON.stringify(offered.map(({ run: _, ...words }) => words));
  useEffect(() => {
    const words = JSON.parse(shown) as Omit<Command, "run">[];
    const run = (id: string) => () => now.current.find((command) => command.id === id)?.run();
    commands.offer(
      part,
      words.map((each) => ({ ...each, run: run(each.id) })),
    );
  }, [part, shown]);
  useEffect(() => () => commands.offer(part, []), [part]);
}

export function useOfferedCommands(): readonly Command[] {
  return useSyncExternalStore(commands.subscribe, commands.current);
}
