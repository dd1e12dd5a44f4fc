import { expect, it } from "vitest";
import { sizeText } from "./History";

it("tells experiments of one name apart by their size", () => {
  expect(sizeText({ arms: [1, 2], seeds: 10, draws: null, epochs: 4000 })).toBe("2 arms × 10 seeds, 4,000 epochs");
  expect(sizeText({ arms: [1, 2], seeds: 2, draws: 20, epochs: 10 })).toBe("2 arms × 20 draws × 2 seeds, 10 epochs");
  expect(sizeText({ arms: [1], seeds: 1, draws: null, epochs: 1 })).toBe("1 arm × 1 seed, 1 epoch");
});
