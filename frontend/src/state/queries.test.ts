import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../api/problem";
import { queryClient } from "./queries";

describe("queryClient", () => {
  let calls: number;
  const ask = (status: number, failures: number) => {
    const queryFn = async () => {
      calls += 1;
      if (calls <= failures) throw new ApiError("no", status);
      return calls;
    };
    return queryClient.fetchQuery({ queryKey: ["a"], queryFn });
  };

  beforeEach(() => {
    calls = 0;
    vi.useFakeTimers();
  });
  afterEach(() => {
    queryClient.clear();
    vi.useRealTimers();
  });

  it("tries again by itself, for as long as it takes, when the lab is down or fails", async () => {
    for (const status of [0, 503]) {
      calls = 0;
      const answer = ask(status, 6);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await answer).toBe(7);
      queryClient.clear();
    }
  });

  it("does not repeat what was refused", async () => {
    const refused = ask(404, 1).then(
      () => null,
      (error: unknown) => error,
    );
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await refused).toMatchObject({ status: 404 });
    expect(calls).toBe(1);
  });
});
