/** Imports between the page's folders: from those that are named for each, and never in a circle. */
import { readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

/** The folders that each folder imports from, beside itself. Files beside the folders count as folders. */
const ALLOWED: Record<string, readonly string[]> = {
  api: [],
  ui: [],
  docs: [],
  format: ["api"],
  experiment: ["format", "api"],
  state: ["format", "api"],
  charts: ["state", "ui", "format", "api"],
  form: ["charts", "state", "experiment", "ui", "docs", "format", "api"],
  results: ["charts", "state", "experiment", "ui", "docs", "format", "api"],
  pages: ["form", "results", "charts", "state", "experiment", "ui", "docs", "format", "api"],
  App: ["pages", "charts", "state", "experiment", "ui", "docs", "format", "api"],
  main: ["App", "pages", "results", "state", "ui"],
};

const ROOT = import.meta.dirname;
const paths = ts.sys
  .readDirectory(ROOT, [".ts", ".tsx"])
  .filter((path) => !/\.(test|d)\.ts$|ixture\.ts$|liveCatalog\.ts$/.test(path));
const found = new Set(paths.map((path) => relative(ROOT, path)));

/** Paths of sources that a source imports: for values or types, at its top, in a function, or to export them again. */
function importsOf(path: string): string[] {
  const specifiers: string[] = [];
  const visit = (node: ts.Node) => {
    const isCall = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    const isImport = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
    const from = isCall ? node.arguments[0] : isImport ? node.moduleSpecifier : undefined;
    const literal = ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) ? node.argument.literal : from;
    if (literal && ts.isStringLiteralLike(literal)) specifiers.push(literal.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(join(ROOT, path), "utf8"), ts.ScriptTarget.Latest, true));
  return specifiers
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => join(dirname(path), specifier))
    .flatMap((target) => [target, `${target}.ts`, `${target}.tsx`].filter((each) => found.has(each)));
}

const imports = new Map([...found].map((path) => [path, importsOf(path)]));
const folderOf = (path: string) => (path.split(sep)[0] ?? "").replace(/\.tsx?$/, "");

it("are from folders below", () => {
  expect(new Set([...found].map(folderOf))).toEqual(new Set(Object.keys(ALLOWED)));
  const refused = [...imports].flatMap(([path, targets]) =>
    targets
      .filter((target) => ![folderOf(path), ...(ALLOWED[folderOf(path)] ?? [])].includes(folderOf(target)))
      .map((target) => `${path} imports ${target}`),
  );
  expect(refused).toEqual([]);
});

it("are all written out", () => {
  const globs = [...found].filter((path) => readFileSync(join(ROOT, path), "utf8").includes("import.meta.glob"));
  expect(globs, "import.meta.glob is not seen here").toEqual([]);
});

it("go in no circle", () => {
  const left = new Map(imports);
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const [path, targets] of left) if (!targets.some((target) => left.has(target))) left.delete(path);
  }
  expect([...left.keys()], "sources in a circle, and those that import them").toEqual([]);
});
