/** Snapshots are taken at about this many epochs. */
const STOPS = 60;

/** Seconds in which a whole training plays at speed 1. */
const PLAY_SECONDS = 8;

export const SPEEDS = [0.25, 0.5, 1, 2, 4] as const;

/** Epochs from 0 to `last` at even steps of their logarithm, each once: where the scrubber stops without snapshots. */
export function logStops(last: number, count = STOPS): number[] {
  if (last < 1) return [0];
  const stops = new Set([0]);
  for (let i = 0; i < count; i++) stops.add(Math.round(last ** (i / (count - 1))));
  return [...stops].sort((a, b) => a - b);
}

/** Index of the last of `ascending` that is not above `epoch`; 0 where there is none. */
export function stopAt(ascending: readonly number[], epoch: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((ascending[middle] as number) <= epoch) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Position of `epoch` among the stops: 2.5 is half way from the third to the fourth. */
export function placeOf(stops: readonly number[], epoch: number): number {
  const index = stopAt(stops, epoch);
  const [left = 0, right] = [stops[index], stops[index + 1]];
  return right === undefined ? index : index + Math.min(1, Math.max(0, (epoch - left) / (right - left)));
}

/** The epoch at a position: the inverse of `placeOf`. */
export function epochAt(stops: readonly number[], place: number): number {
  const index = Math.min(stops.length - 1, Math.max(0, Math.floor(place)));
  const [left = 0, right] = [stops[index], stops[index + 1]];
  return right === undefined ? left : left + (place - index) * (right - left);
}

/**
 * The epoch that all views show. Kept outside React's state: while it plays it changes with every frame of the screen,
 * and what draws it does so without React.
 */
export class Clock {
  private pinned: number | null = null;
  private playingSince: { at: number; place: number } | null = null;
  private frame = 0;
  private readonly listeners = new Set<() => void>();
  stops: readonly number[] = [0];
  speed: number = 1;
  /** Whether playing jumps from stop to stop, for those who want no motion. */
  stepwise = false;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The epoch that was chosen; null while the newest is followed. Between two stops while it plays. */
  chosen = (): number | null => this.pinned;

  /** The epoch that is shown. */
  epoch = (): number => this.pinned ?? this.newest;

  /** The last stop at or before the epoch shown, which changes less often than the epoch. */
  stop = (): number => this.stops[stopAt(this.stops, this.epoch())] ?? 0;

  playing = (): boolean => this.playingSince !== null;

  get newest(): number {
    return this.stops.at(-1) ?? 0;
  }

  /** Replaces the stops; keeps the selection. */
  setStops(stops: readonly number[]): void {
    const same = stops.length === this.stops.length && stops.every((stop, i) => stop === this.stops[i]);
    if (same || stops.length === 0) return;
    this.stops = stops;
    if (this.playingSince) this.start(this.epoch());
    this.tell();
  }

  /** Shows `epoch`; from the last stop on the newest is followed. Ends playing. */
  choose(epoch: number | null): void {
    this.end();
    this.pin(epoch);
  }

  /** `by` stops on, or back. */
  step(by: number): void {
    const { stops } = this;
    const place = placeOf(stops, this.epoch());
    const from = by < 0 ? Math.ceil(place) : Math.floor(place);
    this.choose(stops[Math.min(stops.length - 1, Math.max(0, from + by))] ?? 0);
  }

  /** Plays on from where it is, from the beginning where it is at the end. */
  play(): void {
    this.start(this.pinned === null || this.pinned >= this.newest ? (this.stops[0] ?? 0) : this.pinned);
  }

  pause(): void {
    this.end();
    // Between two stops nothing was seen: back to the one before.
    if (this.pinned !== null) this.pin(this.stop());
    this.tell();
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    if (this.playingSince) this.start(this.epoch());
    this.tell();
  }

  private start(epoch: number): void {
    this.end();
    this.playingSince = { at: performance.now(), place: placeOf(this.stops, epoch) };
    this.pin(epoch);
    this.frame = requestAnimationFrame(this.advance);
    this.tell();
  }

  private advance = (now: number): void => {
    const { playingSince, stops } = this;
    if (!playingSince) return;
    const last = stops.length - 1;
    const passed = (Math.max(0, now - playingSince.at) / 1000) * this.speed;
    const place = playingSince.place + passed * (last / PLAY_SECONDS);
    if (place >= last) {
      this.choose(null);
      return;
    }
    this.pinned = epochAt(stops, this.stepwise ? Math.floor(place) : place);
    this.frame = requestAnimationFrame(this.advance);
    this.tell();
  };

  private end(): void {
    cancelAnimationFrame(this.frame);
    this.playingSince = null;
  }

  private pin(epoch: number | null): void {
    this.pinned = epoch !== null && epoch >= this.newest && !this.playingSince ? null : epoch;
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
