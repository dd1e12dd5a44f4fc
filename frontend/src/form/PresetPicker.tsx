import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { PresetList } from "../api/types";
import { draftOf } from "../experiment/draftOf";
import { queries } from "../state/queries";
import { useSetup } from "./context";
import { Picker } from "./fields/Picker";

/** Replaces the draft by a preset. */
export function PresetPicker({ presets }: { presets: PresetList["presets"] }) {
  const setup = useSetup();
  const client = useQueryClient();
  const { mutate, error } = useMutation({
    mutationFn: (name: string) => client.fetchQuery({ ...queries.preset(name), retry: false }),
    onSuccess: ({ title, experiment }) =>
      setup.replace(draftOf(experiment, setup.catalog), `The preset “${title}” replaced the set-up.`),
  });
  return (
    <div>
      <Picker
        what="presets"
        testId="presets"
        variant="default"
        width={340}
        choices={() =>
          presets.map(({ name, title, summary, group }) => ({ value: name, label: title, summary, group }))
        }
        onChoose={(name) => mutate(name)}
      >
        Presets
      </Picker>
      {error && <span className="wrong">{error.message}</span>}
    </div>
  );
}
