import { describe, expect, it } from "vitest";
import { UndoStack } from "./undo";

describe("UndoStack", () => {
  it("goes back and forth, and forgets what was undone at the next change", () => {
    const stack = new UndoStack<string>();
    expect(stack.undo("a")).toBeNull();
    stack.changed("a", null);
    stack.changed("b", null);
    expect(stack.undo("c")).toBe("b");
    expect(stack.undo("b")).toBe("a");
    expect([stack.canUndo, stack.canRedo]).toEqual([false, true]);
    expect(stack.redo("a")).toBe("b");
    stack.changed("b", null);
    expect(stack.redo("d")).toBeNull();
    expect(stack.undo("d")).toBe("b");
  });

  it("takes typing on in one place together, until a pause, another place, or an undo", () => {
    const stack = new UndoStack<string>();
    stack.changed("", "name", 0);
    stack.changed("a", "name", 500);
    stack.changed("ab", "name", 1_400);
    stack.changed("abc", "name", 3_000);
    stack.changed("abcd", "seeds", 3_100);
    stack.changed("abcde", null, 3_200);
    stack.changed("abcdef", null, 3_300);
    expect(["abcdefg", "abcdef", "abcde", "abcd", "abc"].map((now) => stack.undo(now))).toEqual([
      "abcdef",
      "abcde",
      "abcd",
      "abc",
      "",
    ]);
    stack.changed("", "name", 3_400);
    expect(stack.undo("x")).toBe("");
  });
});
