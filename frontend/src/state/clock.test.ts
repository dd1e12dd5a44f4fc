import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Clock, epochAt, logStops, placeOf, stopAt } from "./clock";

describe("stops", () => {
  it("rise in even steps of the logarithm, each once, from 0 to the last epoch", () => {
    const stops = logStops(4000);
    expect(stops.slice(0, 4)).toEqual([0, 1, 2, 3]);
    expect(stops.at(-1)).toBe(4000);
    expect(stops.length).toBeGreaterThan(40);
    expect(stops.length).toBeLessThanOrEqual(61);
    expect(new Set(stops).size).toBe(stops.length);
    expect(logStops(0)).toEqual([0]);
    expect(logStops(1)).toEqual([0, 1]);
  });

  it("choose the last frame that is not after an epoch", () => {
    const epochs = [0, 1, 2, 5, 10];
    expect([-1, 0, 1.9, 4, 5, 99].map((epoch) => stopAt(epochs, epoch))).toEqual([0, 0, 1, 2, 3, 4]);
    expect([0, 3.5, 10, 12].map((epoch) => placeOf(epochs, epoch))).toEqual([0, 2.5, 4, 4]);
    expect([0, 2.5, 4, 9].map((place) => epochAt(epochs, place))).toEqual([0, 3.5, 10, 10]);
  });
});

describe("Clock", () => {
  let frames: ((now: number) => void)[] = [];
  let now = 0;
  const pass = (seconds: number) => {
    now += 1000 * seconds;
    for (const frame of frames.splice(0)) frame(now);
  };
  beforeEach(() => {
    frames = [];
    now = 0;
    vi.stubGlobal("requestAnimationFrame", (frame: (now: number) => void) => frames.push(frame));
    vi.stubGlobal("cancelAnimationFrame", () => {
      frames = [];
    });
    vi.spyOn(performance, "now").mockImplementation(() => now);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
  const clockOf = (stops: number[]) => {
    const clock = new Clock();
    clock.setStops(stops);
    return clock;
  };

  it("follows the newest until it is taken hold of, and again from the last stop on", () => {
    const clock = clockOf([0, 1, 2]);
    expect([clock.epoch(), clock.chosen()]).toEqual([2, null]);
    clock.setStops([0, 1, 2, 4]);
    expect(clock.epoch()).toBe(4);
    clock.choose(1);
    clock.setStops([0, 1, 2, 4, 8]);
    expect(clock.epoch()).toBe(1);
    clock.choose(8);
    clock.setStops([0, 1, 2, 4, 8, 16]);
    expect([clock.epoch(), clock.chosen()]).toEqual([16, null]);
  });

  it("steps from stop to stop, and no further than the ends", () => {
    const clock = clockOf([0, 1, 10, 100]);
    clock.step(-1);
    expect(clock.epoch()).toBe(10);
    clock.choose(4);
    clock.step(1);
    expect(clock.epoch()).toBe(10);
    clock.choose(4);
    clock.step(-1);
    expect(clock.epoch()).toBe(1);
    clock.step(-5);
    expect(clock.epoch()).toBe(0);
    clock.step(99);
    expect(clock.chosen()).toBeNull();
  });

  it("plays all in eight seconds at speed 1, and then follows the newest", () => {
    const clock = clockOf([0, 10, 20, 40, 80]);
    const listener = vi.fn();
    clock.subscribe(listener);
    clock.play();
    expect([clock.playing(), clock.epoch()]).toEqual([true, 0]);
    pass(5);
    expect(clock.epoch()).toBe(30);
    expect(clock.stop()).toBe(20);
    clock.setSpeed(4);
    pass(0.25);
    expect(clock.epoch()).toBe(40);
    pass(10);
    expect([clock.playing(), clock.chosen(), clock.epoch()]).toEqual([false, null, 80]);
    expect(listener).toHaveBeenCalled();
  });

  it("stops at what was seen when it is paused, and only there where no motion is wanted", () => {
    const clock = clockOf([0, 10, 20]);
    clock.play();
    pass(2);
    expect(clock.epoch()).toBe(5);
    clock.pause();
    expect(clock.epoch()).toBe(0);
    clock.stepwise = true;
    clock.play();
    pass(5);
    expect(clock.epoch()).toBe(10);
  });
});
