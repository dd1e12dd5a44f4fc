/** Labels of the fields that problems and warnings are about. */
import type { Catalog, Json } from "../api/catalog";
import { ApiError, type Location, type Problem } from "../api/problem";
import { capital } from "../format";
import { entryOf, type FieldSpec, fieldsOf } from "./catalog";
import { partsOf, roleOf } from "./changes";
import { type Draft, getIn } from "./draft";

/** Labels of what has no schema, by the first key of its location. */
const OTHERS: Readonly<Record<string, string>> = {
  name: "Experiment",
  dataset: "Data",
  split: "Split",
  network: "Network",
  training: "Training",
  arms: "Arms",
  sweep: "Sweep",
  seeds: "Training seeds",
  claims: "Claims",
  prediction: "Prediction",
  published: "Published figures",
};

const ENDS: Readonly<Record<string, string>> = { start: "from", stop: "to", steps: "values", values: "values" };

/** Phrases of the field at `location` among `specs`, and of those around it. */
function phrasesOf(
  specs: readonly FieldSpec[],
  location: Location,
  value: Json | undefined,
  catalog: Catalog,
): string[] {
  const [name, ...rest] = location;
  const spec = specs.find((each) => each.name === name);
  if (!spec) return [];
  const own = getIn(value, [name as string]);
  if (rest.length === 0) return [spec.phrase];
  if (spec.type === "object") return [spec.phrase, ...phrasesOf(fieldsOf(spec.schema, catalog), rest, own, catalog)];
  if (spec.type === "entry") {
    const entry = entryOf(spec.kinds, getIn(own, ["kind"]));
    const within = entry ? phrasesOf(fieldsOf(entry.schema, catalog), rest, own, catalog) : [];
    return name === "optimizer" && within.length ? within : [spec.phrase, ...within];
  }
  if (spec.type !== "entries") return [spec.phrase];
  const [index, ...below] = rest;
  const link = getIn(own, [index as number]);
  const entry = entryOf(spec.kinds, getIn(link, ["kind"]));
  return entry ? [entry.name, ...phrasesOf(fieldsOf(entry.schema, catalog), below, link, catalog)] : [spec.phrase];
}

/** Label of a field below `changes`, as in "hidden kernel limit"; `values` has its value, or the base has. */
function changeLabel(location: Location, values: Json | undefined, draft: Draft, catalog: Catalog): string {
  const part = partsOf(draft, catalog).find((each) => each.change.every((key, i) => key === location[i]));
  if (!part) return String(location[1] ?? "");
  const below = location.slice(part.change.length);
  const own = getIn(values, part.change);
  const changed = below[0] !== undefined && getIn(own, [below[0]]) !== undefined;
  const phrases = phrasesOf(part.fields, below, changed ? own : getIn(draft, part.base), catalog);
  const acting = below[0] === undefined ? null : roleOf(part, String(below[0]));
  if (acting && phrases.length > 1) {
    phrases[0] = acting.weight.name.replaceAll("_", " ") + (acting.role === "penalty" ? " penalty" : "");
  }
  // A layer's name is no change that arms can make.
  const words = phrases.length ? phrases : below.map((key) => String(key).replaceAll("_", " "));
  return [...(part.label === "training" ? [] : [part.label]), ...words].join(" ");
}

/** The field at `location` as the form calls it: "Noise", "hidden units", "max norm, hidden kernel limit". */
export function labelOf(location: Location, draft: Draft, catalog: Catalog): string {
  const [head, second, ...rest] = location;
  const other = OTHERS[String(head)] ?? "";
  if (second === undefined) return other;
  if (head === "dataset" || head === "split") {
    const { schema } = head === "split" ? catalog.split : (entryOf(catalog.datasets, draft.dataset.kind) ?? {});
    const specs = schema ? fieldsOf(schema, catalog) : [];
    return specs.find((spec) => spec.name === second)?.title ?? other;
  }
  if (head === "claims") {
    return fieldsOf(catalog.claims.schema, catalog).find((spec) => spec.name === second)?.title ?? other;
  }
  const change = (at: Location, values?: unknown) => changeLabel(at, values as Json | undefined, draft, catalog);
  if (head === "training") return capital(change(location)) || other;
  if (head === "network") {
    if (second === "output") return change(["output", ...rest]);
    const [index, ...field] = rest;
    const layer = index === undefined ? undefined : draft.network.layers[Number(index)];
    return layer ? change(["layers", String(layer.name), ...field]) : other;
  }
  if (head === "arms") {
    const arm = draft.arms[Number(second)];
    const name = arm?.name.trim() || `arm ${Number(second) + 1}`;
    if (rest[0] !== "changes") return [name, ...rest.slice(0, 1)].join(", ");
    const label = change(rest.slice(1), arm?.changes);
    return label ? `${name}, ${label}` : name;
  }
  if (head !== "sweep") return other;
  if (second === "changes") return ["Sweep", change(rest, draft.sweep?.changes)].filter(Boolean).join(", ");
  const axis = draft.sweep?.axes[Number(rest[0])];
  const varied = axis ? change(axis.path, draft.sweep?.changes) : "";
  return ["Sweep", varied, ENDS[String(rest[1])]].filter(Boolean).join(", ");
}

/** A sentence that begins with a name keeps its capital. */
const NAMED = /^(Keras|Frobenius|Friedman|Holm|[A-Z]\w*[A-Z0-9])/;

const MOST_LABELS = 3;

/**
 * Each message of `findings` once, after the fields that it is about: "Noise: must be at least 0". Where there are many
 * fields, the first few and the number of the others.
 */
export function labelledTexts(findings: readonly Problem[], draft: Draft, catalog: Catalog): string[] {
  const labels = new Map<string, string[]>();
  for (const { location, message } of findings) {
    const label = labelOf(location, draft, catalog);
    const known = labels.get(message) ?? [];
    labels.set(message, label && !known.includes(label) ? [...known, label] : known);
  }
  return [...labels].map(([message, all]) => {
    if (all.length === 0) return message;
    const shown =
      all.length > MOST_LABELS ? [...all.slice(0, MOST_LABELS - 1), `${all.length - MOST_LABELS + 1} more`] : all;
    return `${shown.join("; ")}: ${NAMED.test(message) ? message : message.charAt(0).toLowerCase() + message.slice(1)}`;
  });
}

/** The first of `texts` up to the end of its first sentence, and how many others there are. */
export function firstText(texts: readonly string[]): string {
  const [first, ...others] = texts;
  if (!first) return "";
  const [sentence = ""] = first.replace(/\.$/, "").split(/\.\s+(?=[A-Z])/);
  return others.length ? `${sentence}. ${others.length} more` : sentence;
}

/** The sentence of a failed call; of one that was refused, its problems after the fields that they are about. */
export function errorText(error: Error | null, draft: Draft, catalog: Catalog): string | null {
  if (!(error instanceof ApiError) || error.problems.length === 0) return error?.message ?? null;
  return labelledTexts(error.problems, draft, catalog).join(". ");
}
