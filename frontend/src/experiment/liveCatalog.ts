/** The service's own catalog and presets, for tests. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Catalog } from "../api/catalog";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const written = execFileSync(
  `${root}/.venv/bin/python`,
  [
    "-c",
    `import json; from app.catalog import catalog; from app.presets import PRESETS
presets = {name: preset.experiment.model_dump(mode="json") for name, preset in PRESETS.items()}
print(json.dumps([catalog(), presets]))`,
  ],
  { cwd: root, maxBuffer: 2 ** 26 },
);

const [readCatalog, readPresets] = JSON.parse(written.toString());

export const catalog: Catalog = readCatalog;

/** Experiments of the presets, by name. */
export const presets: Readonly<Record<string, unknown>> = readPresets;

export const FAMILIES = [
  "datasets",
  "layers",
  "constraints",
  "regularizers",
  "optimizers",
  "schedules",
  "losses",
] as const;
