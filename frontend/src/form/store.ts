import type { Catalog, Entry, Json } from "../api/catalog";
import type { Location, Problem } from "../api/problem";
import type { CheckView } from "../api/types";
import { type Draft, freeName, getIn, setIn } from "../experiment/draft";
import { check } from "./check";
import { nameProblem, renameLayer, withArmNames, withoutChangesOf, withPrediction, withPublished } from "./edits";

/** A location as one word. */
export function placeOf(location: Location): string {
  return location.join("/");
}

/** Problems or warnings, by where they stand. */
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

/** Problems that the lab found in a draft. */
interface Told {
  by: Draft;
  problems: readonly Problem[];
}

/** Source of problems: the check of the draft, or the refusal of a run. */
export type Teller = "check" | "run";

/** Problems of `told.by` that still apply: nothing beside their fields has changed since. */
function standing(told: Told | undefined, draft: Draft): readonly Problem[] {
  if (!told || told.by === draft) return told?.problems ?? [];
  return told.problems.filter(({ location }) => {
    const around = location.slice(0, -1);
    return getIn(told.by, around) === getIn(draft, around);
  });
}

/** A layer that was removed, with what arms changed of it. */
export interface Removal {
  name: string;
  /** Number of changes of arms that were removed with it. */
  changes: number;
  before: Draft;
  keys: readonly string[];
  after: Draft;
}

let lastKey = 0;
const newKey = () => `layer ${++lastKey}`;

function isAfter({ after }: Removal, draft: Draft): boolean {
  return draft.network.layers === after.network.layers && draft.arms === after.arms;
}

/**
 * The experiment that is being set up, and what is known to be wrong with it. Its parts are read one by one, through
 * the hooks of `context`, so that a change draws anew only what it changes.
 */
export class Setup {
  private told: Partial<Record<Teller, Told>> = {};
  private warned: Told | undefined;
  private readonly listeners = new Set<() => void>();
  /** One for each layer, which it keeps when it is moved or renamed. */
  layerKeys: readonly string[];
  /** The last layer that was removed, while it can be put back: neither layers nor arms have changed since. */
  removed: Removal | null = null;
  /** Names that can't be layers' names, as they were written, by the layers' keys. The draft has the last good one. */
  readonly misnamed = new Map<string, string>();
  problems: Findings;
  warnings = new Findings([]);
  /** The service's last answer, and of which draft it speaks. */
  checked: { by: Draft; view: CheckView } | null = null;
  /** The draft that the service was last asked about, whether it could answer or not. */
  answered: Draft | null = null;

  constructor(
    readonly catalog: Catalog,
    public draft: Draft,
  ) {
    this.layerKeys = draft.network.layers.map(newKey);
    this.problems = this.found();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  update = (change: (draft: Draft) => Draft): void => {
    const named = withArmNames(this.draft, change(this.draft), this.catalog);
    this.become(withPrediction(this.draft, withPublished(this.draft, named)));
  };

  private become(draft: Draft): void {
    if (draft === this.draft) return;
    const count = draft.network.layers.length;
    if (count !== this.layerKeys.length) this.layerKeys = draft.network.layers.map(newKey);
    this.draft = this.withNames(draft);
    if (this.removed && !isAfter(this.removed, this.draft)) this.removed = null;
    this.tell();
  }

  /** Replaces what stands at `location`; undefined removes it. */
  set = (location: Location, value: Json | undefined): void => {
    this.update((before) => setIn(before, location, value));
  };

  /** Begins again from `draft`. */
  replace = (draft: Draft): void => {
    this.layerKeys = draft.network.layers.map(newKey);
    this.become(draft);
  };

  insertLayer = (index: number, layer: Entry): void => {
    this.restack((list, fill) => list.toSpliced(index, 0, fill(layer)));
  };

  /** Removes layer `index`, and with it what arms change of it. */
  removeLayer = (index: number): void => {
    const { draft: before, layerKeys: keys } = this;
    const name = String(before.network.layers[index]?.name);
    this.layerKeys = keys.toSpliced(index, 1);
    const layers = before.network.layers.toSpliced(index, 1);
    const { draft, dropped } = withoutChangesOf({ ...before, network: { ...before.network, layers } }, name);
    this.update(() => draft);
    if (dropped === 0) return;
    this.removed = { name, changes: dropped, before, keys, after: this.draft };
    this.tell();
  };

  /** Puts the layer that was removed back, and what arms changed of it. */
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

  /** A second layer like `index`, after it. */
  copyLayer = (index: number): void => {
    const layer = this.draft.network.layers[index];
    if (layer) this.insertLayer(index + 1, { ...layer, name: this.freeLayerName(String(layer.kind)) });
  };

  /** Calls layer `index` `name`. What can't be a name is kept beside the draft, with what is wrong with it. */
  renameLayer = (index: number, name: string): void => {
    const key = this.layerKeys[index] ?? "";
    if (nameProblem(name, index, this.draft.network.layers)) {
      this.misnamed.set(key, name);
      this.tell();
      return;
    }
    this.misnamed.delete(key);
    this.update((before) => renameLayer(before, index, name, this.catalog));
  };

  /** A name for another layer of `kind`. */
  freeLayerName(kind: string): string {
    const names = this.draft.network.layers.map((layer) => String(layer.name));
    return freeName(`${kind}_${names.filter((name) => name.startsWith(kind)).length + 1}`, names, "_");
  }

  /** Takes what `teller` finds wrong with the draft `by`; each stands until something beside its field changes. */
  refuse = (teller: Teller, problems: readonly Problem[], by: Draft = this.draft): void => {
    if (!problems.length && !this.told[teller]?.problems.length) return;
    this.told = { ...this.told, [teller]: { by, problems } };
    this.tell();
  };

  /** Takes the service's answer about the draft `by`. What a run was refused for is part of it. */
  take = (view: CheckView, by: Draft): void => {
    const { run: _, ...told } = this.told;
    this.told = { ...told, check: { by, problems: view.problems } };
    this.warned = { by, problems: view.warnings };
    this.checked = { by, view };
    this.answered = by;
    this.tell();
  };

  /** The service had no answer about the draft `by`. */
  unanswered = (by: Draft): void => {
    this.answered = by;
    this.tell();
  };

  private restack(change: <T>(list: readonly T[], fill: (layer: Entry) => T) => readonly T[]): void {
    const layers = change<Entry>(this.draft.network.layers, (layer) => layer);
    this.layerKeys = change<string>(this.layerKeys, newKey);
    this.update((before) => ({ ...before, network: { ...before.network, layers: [...layers] } }));
  }

  /** `draft` with the names that have become good since they were written. */
  private withNames(draft: Draft): Draft {
    let named = draft;
    for (const [key, name] of this.misnamed) {
      const index = this.layerKeys.indexOf(key);
      if (index >= 0 && nameProblem(name, index, named.network.layers)) continue;
      this.misnamed.delete(key);
      if (index >= 0) named = renameLayer(named, index, name, this.catalog);
    }
    return named;
  }

  private nameProblems(): Problem[] {
    return this.layerKeys.flatMap((key, index) => {
      const name = this.misnamed.get(key);
      const message = name === undefined ? null : nameProblem(name, index, this.draft.network.layers);
      return message === null ? [] : [{ location: ["network", "layers", index, "name"], message }];
    });
  }

  private found(): Findings {
    const known = [...this.nameProblems(), ...check(this.draft, this.catalog)];
    const places = new Set(known.map((each) => placeOf(each.location)));
    const told = Object.values(this.told).flatMap((each) => standing(each, this.draft));
    const others = told.filter(({ location }) => {
      const place = placeOf(location);
      return !places.has(place) && places.add(place);
    });
    return new Findings([...known, ...others]);
  }

  private tell(): void {
    this.problems = this.found();
    this.warnings = new Findings(standing(this.warned, this.draft));
    for (const listener of this.listeners) listener();
  }
}
