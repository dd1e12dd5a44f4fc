import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { curlText, jsonText, postedOf, pythonProgram, pythonText } from "./calls";
import { presets } from "./liveCatalog";

const python = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));

describe("pythonText", () => {
  it("is read by Python as the same value", () => {
    const values = [
      ...Object.values(presets),
      ['a "quoted" \\ word\n', "月 🌙", -0.5, 1e-7, 1e21, true, false, null, {}, []],
    ];
    const program =
      "import ast, json, sys; print(json.dumps([ast.literal_eval(text) for text in json.load(sys.stdin)]))";
    const input = JSON.stringify(values.map((value) => pythonText(value as never)));
    expect(JSON.parse(execFileSync(python, ["-c", program], { input }).toString())).toEqual(values);
  });

  it("writes what is short in one line, and the rest on several", () => {
    expect(pythonText({ a: [1, 2], b: null })).toBe('{"a": [1, 2], "b": None}');
    const wide = pythonText({ a: "x".repeat(60), b: ["y".repeat(60)] });
    expect(wide.split("\n")).toHaveLength(4);
    expect(wide).toContain('\n    "b": ["yyy');
  });
});

it("an experiment is copied without the arms of its sweep", () => {
  const swept = Object.values(presets).find((preset) => (preset as { sweep: unknown }).sweep) as { arms: unknown[] };
  const posted = postedOf(swept) as { arms: { point: unknown }[] };
  expect(posted.arms.length).toBeLessThan(swept.arms.length);
  expect(posted.arms.every((arm) => !arm.point)).toBe(true);
  expect(JSON.parse(jsonText(swept))).toEqual(posted);
});

it("the program compiles", () => {
  const programs = Object.values(presets).map((preset) => pythonProgram(preset, "http://lab"));
  const compiling =
    "import json, sys; print(len([compile(text, 'copied.py', 'exec') for text in json.load(sys.stdin)]))";
  const input = JSON.stringify(programs);
  expect(Number(execFileSync(python, ["-c", compiling], { input }).toString())).toBe(programs.length);
});

it("curl gets the text as it is, whatever a name has in it", () => {
  const text = curlText({ name: "$HOME `id` 'x'\nJSON\n", dataset: {} }, "http://lab");
  const lines = text.split("\n");
  expect(lines.filter((line) => line === "JSON")).toHaveLength(1);
  expect(lines.at(-2)).toBe("JSON");
});
