import type { Json } from "../api/catalog";

/** An experiment as it is posted. */
type Posted = unknown;

/** Number of characters up to which a list or dictionary is written in one line. */
const LINE = 96;
const STEP = "    ";

/** `value` as Python writes it, on lines that begin with `indent`. */
export function pythonText(value: Json, indent = ""): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  // JSON's strings and numbers are Python's, too.
  if (typeof value !== "object") return JSON.stringify(value);
  const inside = indent + STEP;
  const [open, close, parts] = Array.isArray(value)
    ? ["[", "]", value.map((each) => pythonText(each, inside))]
    : ["{", "}", Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${pythonText(each, inside)}`)];
  const line = `${open}${parts.join(", ")}${close}`;
  if (!line.includes("\n") && indent.length + line.length <= LINE) return line;
  return `${open}\n${parts.map((part) => `${inside}${part},\n`).join("")}${indent}${close}`;
}

/** `experiment` without the arms of its sweep, which the lab makes anew. */
export function postedOf(experiment: Posted): Json {
  const { arms, ...others } = experiment as { arms?: readonly { point?: unknown }[] } & Record<string, Json>;
  return { ...others, ...(arms ? { arms: arms.filter((arm) => !arm.point) } : {}) } as Json;
}

export function jsonText(experiment: Posted): string {
  return `${JSON.stringify(postedOf(experiment), null, 2)}\n`;
}

/** A call of curl that posts the experiment to the lab at `origin`. */
export function curlText(experiment: Posted, origin: string): string {
  return `# Where the lab asks for a key, add: -H "Authorization: Bearer $LAB_KEY"
curl --fail-with-body '${origin}/api/experiments' \\
  -H 'Content-Type: application/json' \\
  --data-binary @- <<'JSON'
${jsonText(experiment)}JSON
`;
}

/** A Python program that posts the experiment to the lab at `origin`, waits for it, and prints its answer. */
export function pythonProgram(experiment: Posted, origin: string): string {
  return `import os
import time

import httpx  # pip install httpx

EXPERIMENT = ${pythonText(postedOf(experiment))}

key = os.environ.get("LAB_KEY")  # where the lab asks for one
headers = {"Authorization": f"Bearer {key}"} if key else {}
with httpx.Client(base_url="${origin}", headers=headers, timeout=60) as lab:
    answer = lab.post("/api/experiments", json=EXPERIMENT)
    if answer.is_error:
        raise SystemExit(answer.text)
    view = answer.json()
    print(f"${origin}/experiments/{view['id']}")
    while view["status"] in ("queued", "running", "paused"):
        time.sleep(2)
        view = lab.get(f"/api/experiments/{view['id']}").raise_for_status().json()
    verdict = lab.get(f"/api/experiments/{view['id']}/verdict").raise_for_status().json()
    print(view["status"])
    print(verdict["headline"])
`;
}

/** Formats in which an experiment is copied. */
export function callFormats(
  experiment: () => Posted,
  origin: string,
): readonly { name: string; title: string; text: () => string }[] {
  return [
    { name: "curl", title: "curl", text: () => curlText(experiment(), origin) },
    { name: "python", title: "Python", text: () => pythonProgram(experiment(), origin) },
    { name: "json", title: "JSON", text: () => jsonText(experiment()) },
  ];
}
