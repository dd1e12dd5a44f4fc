import { expect, it } from "vitest";
import { ApiError } from "../api/problem";
import { refusalText } from "./useRun";

it("tells why a run failed until the lab answers again", () => {
  const down = new ApiError("The lab does not answer.", 0);
  expect(refusalText(down, true)).toBe("The lab does not answer.");
  expect(refusalText(down, false)).toBeNull();
  expect(refusalText(new ApiError("The queue is full.", 429), false)).toBe("The queue is full.");
  expect(refusalText(null, true)).toBeNull();
});

it("leaves problems to their fields", () => {
  const problems = [{ location: ["split", "train"], message: "This leaves no test rows" }];
  expect(refusalText(new ApiError("split → train: This leaves no test rows", 422, problems), false)).toBeNull();
});
