/** Changes of one place closer together than this are undone together. Milliseconds. */
const TOGETHER_MS = 1_000;
const MOST = 200;

/** States before and after the present one. */
export class UndoStack<State> {
  private past: readonly State[] = [];
  private future: readonly State[] = [];
  private last: { place: string | null; at: number } | null = null;

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** Notes a change of `before` at `place`: typing on in the same place is one change. */
  changed(before: State, place: string | null, at = performance.now()): void {
    const { last } = this;
    const goesOn = place !== null && last?.place === place && at - last.at < TOGETHER_MS && this.past.length > 0;
    if (!goesOn) this.past = [...this.past, before].slice(-MOST);
    this.future = [];
    this.last = { place, at };
  }

  /** The state before `present`; null where there is none. */
  undo(present: State): State | null {
    const state = this.past.at(-1);
    if (state === undefined) return null;
    this.past = this.past.slice(0, -1);
    this.future = [present, ...this.future];
    this.last = null;
    return state;
  }

  /** The state that was undone last; null where there is none. */
  redo(present: State): State | null {
    const [state, ...later] = this.future;
    if (state === undefined) return null;
    this.past = [...this.past, present];
    this.future = later;
    this.last = null;
    return state;
  }
}
