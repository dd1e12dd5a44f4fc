import { useCommands } from "../../ui/commands";
import { useKey } from "../../ui/keys";
import { useUrlParam } from "../useUrlParam";

const CHOICES = ["off", "on"] as const;

/** Whether the experiment is presented, which its address keeps, so that a teacher can hand it out. */
export function usePresent(): { presenting: boolean; start: () => void; end: () => void } {
  const [present, setPresent] = useUrlParam("present", CHOICES);
  return { presenting: present === "on", start: () => setPresent("on"), end: () => setPresent("off") };
}

/** Lets P begin and end the presentation, unless a text is being typed, and offers it in the command palette. */
export function usePresentKey({ presenting, start, end }: ReturnType<typeof usePresent>): void {
  const toggle = presenting ? end : start;
  useKey("present", toggle);
  useCommands([
    {
      id: "present",
      title: presenting ? "End the presentation" : "Present",
      summary: "The experiment in large type, for a room",
      group: "actions",
      key: "present",
      run: toggle,
    },
  ]);
}
