import { expect, test } from "vitest";
import { NO_CHANGES } from "../experiment/draft";
import { questionOf } from "./question";

const plain = { name: "baseline", changes: NO_CHANGES };
const limited = { name: "limited", changes: { ...NO_CHANGES, output: { kernel_constraint: { kind: "any" } } } };
const slow = { name: "slow", changes: { ...NO_CHANGES, training: { learning_rate: 0.001 } } };

test("the question is the one that the arms answer", () => {
  expect(questionOf([plain, limited], false)).toBe("Does limiting the weights reduce overfitting?");
  expect(questionOf([plain, slow], false)).toBe("Which arm generalises best?");
  expect(questionOf([plain], false)).toBe("How well does this network generalise?");
  expect(questionOf([plain], true)).toBe("Which value works best?");
  expect(questionOf([plain, { ...limited, family: "limits" }], true)).toBe("Which method generalises best?");
});
