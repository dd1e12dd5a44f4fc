import { expect, it } from "vitest";
import { sizeText } from "./History";

it("tells experiments of one name apart by their size", () => {
  expect(sizeText({ arms: [1, 2], seeds: 10, epochs: 4000 })).toBe("2 arms × 10 seeds, 4,000 epochs");
  expect(sizeText({ arms: [1], seeds: 1, epochs: 1 })).toBe("1 arm × 1 seed, 1 epoch");
});
