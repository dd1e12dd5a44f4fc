/** The service's own catalog, for tests. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Catalog } from "../api/catalog";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const written = execFileSync(
  `${root}/.venv/bin/python`,
  ["-c", "import json; from app.catalog import catalog; print(json.dumps(catalog()))"],
  { cwd: root, maxBuffer: 2 ** 26 },
);

export const catalog: Catalog = JSON.parse(written.toString());

export const FAMILIES = ["datasets", "layers", "constraints", "regularizers", "optimizers", "schedules"] as const;
