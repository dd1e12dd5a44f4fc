import { describe, expect, it } from "vitest";
import { placeWords } from "./TableFields";

describe("placeWords", () => {
  it("says where in a file something is wrong", () => {
    expect(placeWords({ location: ["row", 12, "column", "age"], message: "It is empty" })).toBe(
      "Row 12, column age: It is empty",
    );
    expect(placeWords({ location: [], message: "It is too large" })).toBe("It is too large");
  });
});
