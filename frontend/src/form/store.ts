import type { Catalog, CatalogEntry, Entry, Json } from "../api/catalog";
import type { Location, Problem } from "../api/problem";
import type { CheckView } from "../api/types";
import { type Draft, freeName, getIn, setIn } from "../experiment/draft";
import { check } from "./check";
import { type Replacement, withDataset, withSource } from "./dataset";
import {
  nameProblem,
  renameLayer,
  withArmNames,
  withoutChangesOf,
  withPrediction,
  withPublished,
  withSplitColumn,
} from "./edits";
import { UndoStack } from "./undo";

/** A location as text. */
export function placeOf(location: Location): string {
  return location.join("/");
}

/** Problems or warnings by location. */
export class Findings {
  private readonly messages = new Map<string, string>();
  private readonly above = new Set<string>();

  constructor(readonly list: readonly Problem[]) {
    for (const { location, message } of list) {
      const place = placeOf(location);
      if (!this.messages.has(place)) this.messages.set(place, message);
      for (let length = 0; length <= location.length; length++) this.above.add(placeOf(location.slice(0, length)));
    }
  }

  /** The first message at `location` itself. */
  at(location: Location): string | null {
    return this.messages.get(placeOf(location)) ?? null;
  }

  /** Whether there is one at `location` or below. */
  under(location: Location): boolean {
    return this.above.has(placeOf(location));
  }
}

/** Problems that the lab found in `draft`. */
interface ReportedProblems {
  draft: Draft;
  problems: readonly Problem[];
}

/** Source of problems: the check of the draft, or the refusal of a run. */
type ProblemSource = "check" | "run";

/** Reported problems that still apply to `draft`: nothing beside their fields has changed since. */
function applicable(reported: ReportedProblems | undefined, draft: Draft): readonly Problem[] {
  if (!reported || reported.draft === draft) return reported?.problems ?? [];
  return reported.problems.filter(({ location }) => {
    const around = location.slice(0, -1);
    return getIn(reported.draft, around) === getIn(draft, around);
  });
}

/** A removed layer, with the arms' changes of it. */
interface Removal {
  name: string;
  /** Number of arms' changes that were removed with it. */
  changes: number;
  before: Draft;
  keys: readonly string[];
  after: Draft;
}

/** Settings that a change replaced beside what was asked for, in words, with the draft before and after. */
interface Replaced {
  text: string;
  before: Draft;
  after: Draft;
}

/** A state to undo to. */
interface Step {
  draft: Draft;
  layerKeys: readonly string[];
}

let lastKey = 0;
const newKey = () => `layer ${++lastKey}`;

function isAfter({ after }: Removal, draft: Draft): boolean {
  return draft.network.layers === after.network.layers && draft.arms === after.arms;
}

/**
 * The draft, with its problems and warnings. Components read single parts of it through the hooks of `context`, so that
 * a change renders only those that show it.
 */
export class Setup {
  private reported: Partial<Record<ProblemSource, ReportedProblems>> = {};
  private reportedWarnings: ReportedProblems | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly undoStack = new UndoStack<Step>();
  /** The draft after its last change. */
  private step: Step;
  /** A React key for each layer; it stays when the layer is moved or renamed. */
  layerKeys: readonly string[];
  /** The last layer that was removed, while it can be put back: neither layers nor arms have changed since. */
  removed: Removal | null = null;
  /** The last reset, while it can be undone: neither data set nor split have changed since. */
  reset: Replaced | null = null;
  /** The last replacement of the whole draft that was told of, until the draft changes again. */
  replaced: Replaced | null = null;
  /** Invalid layer names as typed, by the layers' keys. The draft has the last valid name. */
  readonly invalidNames = new Map<string, string>();
  problems: Findings;
  warnings = new Findings([]);
  /** The last answer of the check, with the draft that was checked. */
  checked: { draft: Draft; view: CheckView } | null = null;
  /** The draft of the last check, whether it was answered or failed. */
  answered: Draft | null = null;
  /** Whether the last check or run didn't reach the lab. */
  isUnreachable = false;

  constructor(
    readonly catalog: Catalog,
    public draft: Draft,
    /** Names that presets give their experiments: those that nobody typed. */
    private readonly presetNames: readonly string[] = [],
  ) {
    this.layerKeys = draft.network.layers.map(newKey);
    this.step = { draft, layerKeys: this.layerKeys };
    this.problems = this.found();
  }

  get canUndo(): boolean {
    return this.undoStack.canUndo;
  }

  get canRedo(): boolean {
    return this.undoStack.canRedo;
  }

  undo = (): void => this.goTo(this.undoStack.undo(this.step));

  redo = (): void => this.goTo(this.undoStack.redo(this.step));

  private goTo(step: Step | null): void {
    if (!step) return;
    this.step = step;
    this.draft = step.draft;
    this.layerKeys = step.layerKeys;
    this.invalidNames.clear();
    this.removed = null;
    this.reset = null;
    this.replaced = null;
    this.notify();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Changes the draft; changes of one `place` that follow each other at once are undone together. */
  update = (change: (draft: Draft) => Draft, place: string | null = null): void => {
    const changed = withSplitColumn(this.draft, change(this.draft));
    const named = withArmNames(this.draft, changed, this.catalog);
    this.become(withPrediction(this.draft, withPublished(this.draft, named)), place);
  };

  private become(draft: Draft, place: string | null = null): void {
    if (draft === this.draft) return;
    const count = draft.network.layers.length;
    if (count !== this.layerKeys.length) this.layerKeys = draft.network.layers.map(newKey);
    this.draft = this.withNames(draft);
    if (this.removed && !isAfter(this.removed, this.draft)) this.removed = null;
    const { reset } = this;
    if (reset && (draft.dataset !== reset.after.dataset || draft.split !== reset.after.split)) this.reset = null;
    this.replaced = null;
    this.undoStack.changed(this.step, place);
    this.step = { draft: this.draft, layerKeys: this.layerKeys };
    this.notify();
  }

  /** Replaces the value at `location`; undefined removes it. */
  set = (location: Location, value: Json | undefined): void => {
    this.update((before) => setIn(before, location, value), placeOf(location));
  };

  /** Replaces the whole draft, with a notice of it where there is a `text`. */
  replace = (draft: Draft, text: string | null = null): void => {
    const { draft: before } = this;
    this.layerKeys = draft.network.layers.map(newKey);
    this.become(draft);
    this.replaced = text === null ? null : { text, before, after: this.draft };
    this.notify();
  };

  /** Replaces the data set, with what belonged to the one before, and then makes a further `change`. */
  chooseDataset = (entry: CatalogEntry, change: (draft: Draft) => Draft = (draft) => draft): void => {
    const made = withDataset(this.draft, entry, this.catalog, this.presetNames);
    this.exchange({ ...made, draft: change(made.draft) });
  };

  /** Makes a `change` to another file, or to another target of it, and resets what belonged to the one before. */
  chooseSource = (change: (draft: Draft) => Draft): void => {
    this.exchange(withSource(this.draft, change(this.draft), this.catalog));
  };

  private exchange({ draft, reset }: Replacement): void {
    const { draft: before } = this;
    this.update(() => draft);
    this.reset = reset === null ? null : { text: reset, before, after: this.draft };
    this.notify();
  }

  /** Restores the draft of before the replacement. */
  undoReplacement = (): void => {
    if (this.replaced) this.undo();
  };

  /** Restores the data set of before the reset, with what belonged to it. */
  undoReset = (): void => {
    if (!this.reset) return;
    const { before, after } = this.reset;
    if (this.draft === after) {
      this.undo();
      return;
    }
    const { name, dataset, split, network } = before;
    this.update((draft) => ({
      ...draft,
      name: draft.name === after.name ? name : draft.name,
      dataset,
      split,
      network: { ...draft.network, output: network.output },
    }));
  };

  insertLayer = (index: number, layer: Entry): void => {
    this.restack((list, fill) => list.toSpliced(index, 0, fill(layer)));
  };

  /** Removes layer `index` and the arms' changes of it. */
  removeLayer = (index: number): void => {
    const { draft: before, layerKeys: keys } = this;
    const name = String(before.network.layers[index]?.name);
    this.layerKeys = keys.toSpliced(index, 1);
    const layers = before.network.layers.toSpliced(index, 1);
    const { draft, dropped } = withoutChangesOf({ ...before, network: { ...before.network, layers } }, name);
    this.update(() => draft);
    if (dropped === 0) return;
    this.removed = { name, changes: dropped, before, keys, after: this.draft };
    this.notify();
  };

  /** Restores the removed layer and the arms' changes of it. */
  putBack = (): void => {
    if (!this.removed) return;
    const { before, keys } = this.removed;
    const { network, arms, published } = before;
    this.layerKeys = keys;
    this.update((draft) => ({ ...draft, network, arms, ...(published === undefined ? {} : { published }) }));
  };

  moveLayer = (index: number, by: number): void => {
    this.restack((list) => list.toSpliced(index, 1).toSpliced(index + by, 0, ...list.slice(index, index + 1)));
  };

  /** Inserts a copy of layer `index` after it. */
  copyLayer = (index: number): void => {
    const layer = this.draft.network.layers[index];
    if (layer) this.insertLayer(index + 1, { ...layer, name: this.freeLayerName(String(layer.kind)) });
  };

  /** Renames layer `index`. An invalid name is kept beside the draft, with its problem. */
  renameLayer = (index: number, name: string): void => {
    const key = this.layerKeys[index] ?? "";
    if (nameProblem(name, index, this.draft.network.layers)) {
      this.invalidNames.set(key, name);
      this.notify();
      return;
    }
    this.invalidNames.delete(key);
    this.update((before) => renameLayer(before, index, name, this.catalog), key);
  };

  /** A name for another layer of `kind`. */
  freeLayerName(kind: string): string {
    const names = this.draft.network.layers.map((layer) => String(layer.name));
    return freeName(`${kind}_${names.filter((name) => name.startsWith(kind)).length + 1}`, names, "_");
  }

  /** Shows the problems that `source` found in `draft`; each applies until something beside its field changes. */
  refuse = (source: ProblemSource, problems: readonly Problem[], draft: Draft = this.draft): void => {
    if (!problems.length && !this.reported[source]?.problems.length) return;
    this.reported = { ...this.reported, [source]: { draft, problems } };
    this.notify();
  };

  /** Shows the check's answer about `draft`. It includes the problems for which a run was refused. */
  take = (view: CheckView, draft: Draft): void => {
    const { run: _, ...others } = this.reported;
    this.reported = { ...others, check: { draft, problems: view.problems } };
    this.reportedWarnings = { draft, problems: view.warnings };
    this.checked = { draft, view };
    this.answered = draft;
    this.isUnreachable = false;
    this.notify();
  };

  /** Notes that the check of `draft` failed. */
  unanswered = (draft: Draft, unreachable: boolean): void => {
    this.answered = draft;
    this.isUnreachable = unreachable;
    this.notify();
  };

  /** Notes that a run didn't reach the lab; the next check tells when it is back. */
  lose = (): void => {
    this.isUnreachable = true;
    this.notify();
  };

  private restack(change: <T>(list: readonly T[], fill: (layer: Entry) => T) => readonly T[]): void {
    const layers = change<Entry>(this.draft.network.layers, (layer) => layer);
    this.layerKeys = change<string>(this.layerKeys, newKey);
    this.update((before) => ({ ...before, network: { ...before.network, layers: [...layers] } }));
  }

  /** `draft` with the typed names that have become valid since. */
  private withNames(draft: Draft): Draft {
    let named = draft;
    for (const [key, name] of this.invalidNames) {
      const index = this.layerKeys.indexOf(key);
      if (index >= 0 && nameProblem(name, index, named.network.layers)) continue;
      this.invalidNames.delete(key);
      if (index >= 0) named = renameLayer(named, index, name, this.catalog);
    }
    return named;
  }

  private nameProblems(): Problem[] {
    return this.layerKeys.flatMap((key, index) => {
      const name = this.invalidNames.get(key);
      const message = name === undefined ? null : nameProblem(name, index, this.draft.network.layers);
      return message === null ? [] : [{ location: ["network", "layers", index, "name"], message }];
    });
  }

  private found(): Findings {
    const known = [...this.nameProblems(), ...check(this.draft, this.catalog)];
    const places = new Set(known.map((each) => placeOf(each.location)));
    const reported = Object.values(this.reported).flatMap((each) => applicable(each, this.draft));
    const others = reported.filter(({ location }) => {
      const place = placeOf(location);
      return !places.has(place) && places.add(place);
    });
    return new Findings([...known, ...others]);
  }

  private notify(): void {
    this.problems = this.found();
    this.warnings = new Findings(applicable(this.reportedWarnings, this.draft));
    for (const listener of this.listeners) listener();
  }
}
