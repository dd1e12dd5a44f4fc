/** The page takes what it says of an entry from the catalog: it names no kind and takes no title apart. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { catalog, FAMILIES } from "./experiment/liveCatalog";

const ROOT = import.meta.dirname;
const sources = ts.sys
  .readDirectory(ROOT, [".ts", ".tsx"])
  .filter((path) => !/\.(test|d)\.ts$|ixture\.ts$|\/liveCatalog\.ts$/.test(path))
  .map((path) => ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true));

/** Kinds that are also words for something else, with the files where they are that. */
const OTHER_MEANINGS: [kind: string, meaning: string, path: RegExp][] = [
  ["regression", "a task", /./],
  ["table", "a view", /^results\/views\.tsx$/],
  ["digits", "decimals of a figure", /^results\/table\//],
  ["add", "an icon", /^ui\/icons\.tsx$/],
  ["box", "a shape of a feasible set", /^form\/fields\/FeasibleIcon\.tsx$/],
  ["simplex", "a shape of a feasible set", /^form\/fields\/FeasibleIcon\.tsx$/],
  ["chain", "a picture of a feasible set", /^form\/fields\/FeasibleIcon\.tsx$/],
];

/** Places of the nodes that `isWanted`, as "path: text". */
function places(isWanted: (node: ts.Node) => boolean): string[] {
  return sources.flatMap((source) => {
    const found: string[] = [];
    const visit = (node: ts.Node) => {
      if (isWanted(node)) found.push(`${relative(ROOT, source.fileName)}: ${node.getText()}`);
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

const kinds = new Set(FAMILIES.flatMap((family) => catalog[family].map(({ kind }) => kind)));

it("names no kind of entry", () => {
  const found = places((node) => {
    const isKey = ts.isIdentifier(node) && ts.isPropertyAssignment(node.parent) && node.parent.name === node;
    return (ts.isStringLiteralLike(node) || isKey) && kinds.has(node.text);
  });
  const isMeant =
    (place: string) =>
    ([kind, , path]: (typeof OTHER_MEANINGS)[number]) => {
      const [file = "", text = ""] = place.split(": ");
      return text.replaceAll('"', "") === kind && path.test(file);
    };
  expect(found.filter((place) => !OTHER_MEANINGS.some(isMeant(place)))).toEqual([]);
  expect(OTHER_MEANINGS.filter((meaning) => !found.some((place) => isMeant(place)(meaning)))).toEqual([]);
});

const TITLE = /\b(title|label|summary)\b/i;
const OF_TEXT = new Set(["match", "matchAll", "replace", "replaceAll", "search", "split"]);
const OF_PATTERN = new Set(["test", "exec"]);

it("applies no regular expression to a title", () => {
  const found = places((node) => {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
    const { name, expression: receiver } = node.expression;
    const [first] = node.arguments;
    if (!first) return false;
    if (OF_PATTERN.has(name.text)) return TITLE.test(first.getText());
    return OF_TEXT.has(name.text) && !ts.isStringLiteralLike(first) && TITLE.test(receiver.getText());
  });
  expect(found).toEqual([]);
});
