import { useState } from "react";
import { api } from "../api/client";
import { ApiError } from "../api/problem";
import type { PresetList } from "../api/types";
import { draftOf } from "../experiment/draftOf";
import { useSetup } from "./context";
import { Picker } from "./fields/Picker";

/** Begins again from a named experiment. */
export function PresetPicker({ presets }: { presets: PresetList["presets"] }) {
  const setup = useSetup();
  const [refusal, setRefusal] = useState<string | null>(null);
  const choose = async (name: string) => {
    setRefusal(null);
    try {
      const preset = await api.preset(name);
      setup.replace(draftOf(preset.experiment, setup.catalog));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setRefusal(error.message);
    }
  };
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
        onChoose={(name) => void choose(name)}
      >
        Presets
      </Picker>
      {refusal && <span className="wrong">{refusal}</span>}
    </div>
  );
}
