import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const SOURCES = readdirSync("src", { recursive: true, encoding: "utf-8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(join("src", name), "utf-8"));

const used = new Set(
  SOURCES.flatMap((text) => [...text.matchAll(/import \{([^}]*)\} from "@mantine\/core"/g)])
    .flatMap(([, names = ""]) => names.split(","))
    .map((name) => name.trim())
    .filter((name) => existsSync(`node_modules/@mantine/core/styles/${name}.css`)),
);
const styled = new Set(
  [...readFileSync("src/ui/mantine.ts", "utf-8").matchAll(/styles\/(\w+)\.css/g)].map(([, name = ""]) => name),
);

it("has the styles of every component that the page imports", () => {
  expect(used.size).toBeGreaterThan(15);
  expect([...used].filter((name) => !styled.has(name))).toEqual([]);
});
