import { Button, Menu } from "@mantine/core";
import { useState } from "react";
import { api } from "../api/client";
import { ApiError } from "../api/problem";
import type { PresetList } from "../api/types";
import { useSetup } from "./context";
import { draftOf } from "./draft";

/** Begins again from a named experiment. */
export function PresetPicker({ presets }: { presets: PresetList["presets"] }) {
  const { update } = useSetup();
  const [refusal, setRefusal] = useState<string | null>(null);
  const choose = async (name: string) => {
    setRefusal(null);
    try {
      const preset = await api.preset(name);
      update(() => draftOf(preset.experiment));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setRefusal(error.message);
    }
  };
  return (
    <div className="presets">
      <Menu position="bottom-start" withinPortal width={320}>
        <Menu.Target>
          <Button variant="default" size="xs" data-testid="presets">
            Presets
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {presets.map((preset) => (
            <Menu.Item key={preset.name} onClick={() => void choose(preset.name)}>
              {preset.title}
              <span className="summary">{preset.summary}</span>
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {refusal && <span className="wrong">{refusal}</span>}
    </div>
  );
}
