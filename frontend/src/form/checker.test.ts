import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../api/problem";
import type { CheckView } from "../api/types";
import { setIn } from "../experiment/draft";
import { catalog, draft } from "../experiment/fixture";
import { followChecks } from "./checker";
import { Setup } from "./store";

const view: CheckView = { problems: [], warnings: [], layers: [], arms: [], estimate: null };

describe("the check of the draft", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const followed = (status: () => number) => {
    const setup = new Setup(catalog, draft);
    const asked = vi.fn(async (): Promise<CheckView> => {
      if (status()) throw new ApiError("no", status());
      return view;
    });
    return { setup, asked, end: followChecks(setup, asked) };
  };

  it("is asked for again once the lab answers, without an edit", async () => {
    let status = 502;
    const { setup, asked, end } = followed(() => status);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(setup.checked).toBeNull();
    expect(setup.isUnreachable).toBe(true);
    status = 0;
    await vi.advanceTimersByTimeAsync(8_000);
    expect(setup.checked?.draft).toBe(draft);
    expect(setup.isUnreachable).toBe(false);
    const calls = asked.mock.calls.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveBeenCalledTimes(calls);
    end();
  });

  it("is asked for again after a run that didn't reach the lab", async () => {
    const { setup, asked, end } = followed(() => 0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toHaveBeenCalledTimes(1);
    setup.lose();
    expect(setup.isUnreachable).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toHaveBeenCalledTimes(2);
    expect(setup.isUnreachable).toBe(false);
    end();
  });

  it("is not repeated where it was refused, and follows each change once", async () => {
    const { setup, asked, end } = followed(() => 500);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveBeenCalledTimes(1);
    setup.update((before) => setIn(before, ["dataset", "noise"], 0.1));
    setup.update((before) => setIn(before, ["dataset", "noise"], 0.3));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveBeenCalledTimes(2);
    end();
  });
});
