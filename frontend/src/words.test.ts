import { describe, expect, it } from "vitest";
import { together } from "./words";

describe("together", () => {
  it("says once what is the same for several layers", () => {
    expect(together(["a kernel: L2 0.1", "b kernel: L2 0.1", "a bias: unit norm", "flat", "epochs 3"])).toEqual([
      "a, b kernel: L2 0.1",
      "a bias: unit norm",
      "flat",
      "epochs 3",
    ]);
  });
});
