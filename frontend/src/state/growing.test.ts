import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../api/problem";
import { Growing } from "./growing";

describe("Growing", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("fetches what is wanted, and newer versions no closer together than its pause", async () => {
    const fetched: number[] = [];
    const growing = new Growing(async (key) => {
      fetched.push(performance.now());
      return `${key} ${fetched.length}`;
    }, 300);
    growing.want("a", "1");
    await vi.advanceTimersByTimeAsync(1);
    expect(growing.of("a").value).toBe("a 1");
    for (let version = 2; version < 50; version++) {
      growing.want("a", String(version));
      await vi.advanceTimersByTimeAsync(20);
    }
    await vi.advanceTimersByTimeAsync(1000);
    const apart = fetched.slice(1).map((at, i) => at - (fetched[i] as number));
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(300);
    expect(fetched.length).toBeGreaterThan(3);
    growing.want("a", "49");
    await vi.advanceTimersByTimeAsync(1000);
    expect(growing.of("a").value).toBe(`a ${fetched.length}`);
  });

  it("keeps what is there when the service is gone, and tries again by itself", async () => {
    let down = false;
    let calls = 0;
    const growing = new Growing(async () => {
      calls += 1;
      if (down) throw new ApiError("gone", 0);
      return calls;
    }, 0);
    growing.want("a", "1");
    await vi.advanceTimersByTimeAsync(1);
    down = true;
    growing.want("a", "2");
    await vi.advanceTimersByTimeAsync(1);
    expect(growing.of("a")).toMatchObject({ value: 1, error: { message: "gone" } });
    down = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(growing.of("a")).toEqual({ value: 3, error: null });
  });

  it("does not ask again for what was refused, nor after its end", async () => {
    let calls = 0;
    const growing = new Growing(async () => {
      calls += 1;
      throw new ApiError("no such arm", 404);
    }, 0);
    growing.want("a", "1");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toBe(1);
    growing.want("a", "2");
    growing.end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toBe(1);
  });
});
