import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = import.meta.dirname;
const MOST_LINES = 250;

const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).map((path) => join(ROOT, path));
const sheets = files.filter((path) => path.endsWith(".css"));
const modules = sheets.filter((path) => path.endsWith(".module.css"));
const sources = files.filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".test.ts"));

const text = (path: string) => readFileSync(path, "utf8");
const name = (path: string) => relative(ROOT, path);

/** The selectors in a style sheet, each by itself. */
function selectorsOf(path: string): string[] {
  const heads = text(path)
    .replace(/\/\*.*?\*\//gs, "")
    .matchAll(/([^{};]+)\{/g);
  return [...heads].map((match) => (match[1] ?? "").trim()).filter((head) => !head.startsWith("@"));
}

/** The names of the classes in some CSS or, in a `:global()`, those of the whole page. */
function classesIn(css: string): string[] {
  return [...css.matchAll(/\.([A-Za-z_][\w-]*)/g)].map((match) => match[1] as string);
}

const GLOBAL = /:global\(([^()]*)\)/g;

/** A module's own classes. */
function ownClasses(path: string): Set<string> {
  return new Set(selectorsOf(path).flatMap((selector) => classesIn(selector.replace(GLOBAL, ""))));
}

/** The classes of the module at `path` that are named in a source, as `module:class`. */
function usedIn(source: string): string[] {
  const code = text(source);
  const imports = code.matchAll(/^import (\w+) from "(.*\.module\.css)";$/gm);
  return [...imports].flatMap(([, local, from]) => {
    const sheet = join(dirname(source), from as string);
    return [...code.matchAll(new RegExp(`\\b${local}\\.(\\w+)`, "g"))].map((match) => `${name(sheet)}: ${match[1]}`);
  });
}

const shared = new Set(selectorsOf(join(ROOT, "styles.css")).flatMap(classesIn));
const used = new Set(sources.flatMap(usedIn));
const defined = new Set(modules.flatMap((path) => [...ownClasses(path)].map((each) => `${name(path)}: ${each}`)));

describe("style sheets", () => {
  test("the page has one style sheet that is no module, and it is short", () => {
    expect(sheets.filter((path) => !modules.includes(path)).map(name)).toEqual(["styles.css"]);
    expect(text(join(ROOT, "styles.css")).split("\n").length).toBeLessThanOrEqual(MOST_LINES);
  });

  test("a module styles only elements in or of its own classes", () => {
    for (const path of modules) {
      for (const selector of selectorsOf(path).flatMap((list) => list.split(/,(?![^(]*\))/))) {
        expect(classesIn(selector.replace(GLOBAL, "")), `${name(path)}: ${selector.trim()}`).not.toEqual([]);
      }
    }
  });

  test("every class of a module is used", () => {
    expect([...defined].filter((each) => !used.has(each))).toEqual([]);
  });

  test("every class that is used of a module is defined there", () => {
    expect([...used].filter((each) => !defined.has(each))).toEqual([]);
  });

  test("every shared class is defined in styles.css and used", () => {
    const outside = modules.flatMap((path) => [...text(path).matchAll(GLOBAL)].flatMap((match) => classesIn(match[0])));
    const named = sources.flatMap((path) =>
      [...text(path).matchAll(/className(?:=| = )(?:"([^"]*)"|\{([^}]*)\})/g)].flatMap(([, plain, code]) =>
        plain !== undefined
          ? plain.split(" ")
          : [...(code ?? "").matchAll(/"([^"]*)"/g)].flatMap((m) => (m[1] ?? "").split(" ")),
      ),
    );
    const all = new Set([...outside, ...named]);
    expect([...all].filter((each) => !shared.has(each))).toEqual([]);
    expect([...shared].filter((each) => !named.includes(each))).toEqual([]);
  });
});
