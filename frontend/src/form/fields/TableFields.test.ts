import { describe, expect, it } from "vitest";
import { placeText } from "./TableFields";

describe("placeText", () => {
  it("says where in a file something is wrong", () => {
    expect(placeText({ location: ["row", 12, "column", "age"], message: "It is empty" })).toBe(
      "Row 12, column age: It is empty",
    );
    expect(placeText({ location: [], message: "It is too large" })).toBe("It is too large");
  });
});
