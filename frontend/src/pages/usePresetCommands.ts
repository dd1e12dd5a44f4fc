import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { draftOf } from "../experiment/draftOf";
import { queries } from "../state/queries";
import { announce } from "../ui/announce";
import { useCommands } from "../ui/commands";
import type { Service } from "./useService";

/** Offers the presets in the command palette: each opens the Lab with it. */
export function usePresetCommands({ presets, setup }: Service): void {
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (name: string) => client.fetchQuery({ ...queries.preset(name), retry: false }),
    onSuccess: ({ title, experiment }) => {
      setup.replace(draftOf(experiment, setup.catalog), `The preset “${title}” replaced the set-up.`);
      navigate("/");
      announce(`The set-up is the preset ${title}`);
    },
    onError: ({ message }) => announce(message),
  });
  useCommands(
    presets.map(({ name, title, summary }) => ({
      id: `preset:${name}`,
      title,
      summary,
      group: "presets",
      run: () => mutate(name),
    })),
  );
}
