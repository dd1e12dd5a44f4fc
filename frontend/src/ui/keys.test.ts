import { describe, expect, it } from "vitest";
import { isPressed, KEYS, type KeyName, keyTexts } from "./keys";

const press = (key: string, held: Partial<Record<"ctrlKey" | "metaKey" | "shiftKey" | "altKey", boolean>> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
});

describe("isPressed", () => {
  it("wants Ctrl, and ⌘ on a Mac", () => {
    expect(isPressed(press("Enter", { ctrlKey: true }), "run", false)).toBe(true);
    expect(isPressed(press("Enter"), "run", false)).toBe(false);
    expect(isPressed(press("Enter", { ctrlKey: true }), "run", true)).toBe(false);
    expect(isPressed(press("Enter", { metaKey: true }), "run", true)).toBe(true);
  });

  it("tells undo from redo, in capitals too", () => {
    expect(isPressed(press("Z", { ctrlKey: true, shiftKey: true }), "redo", false)).toBe(true);
    expect(isPressed(press("Z", { ctrlKey: true, shiftKey: true }), "undo", false)).toBe(false);
    expect(isPressed(press("z", { ctrlKey: true }), "redo", false)).toBe(false);
  });

  it("takes a sign with Shift or without, and never with Alt", () => {
    expect(isPressed(press("?", { shiftKey: true }), "help", false)).toBe(true);
    expect(isPressed(press("?"), "help", false)).toBe(true);
    expect(isPressed(press("?", { altKey: true }), "help", false)).toBe(false);
  });

  it("finds at most one of the keys", () => {
    const names = Object.keys(KEYS) as KeyName[];
    for (const key of ["Enter", "k", "z", "?"])
      for (const shiftKey of [false, true])
        for (const ctrlKey of [false, true]) {
          const found = names.filter((name) => isPressed(press(key, { shiftKey, ctrlKey }), name, false));
          expect(found.length, `${key} ${shiftKey} ${ctrlKey}`).toBeLessThanOrEqual(1);
        }
  });
});

it("keys are written as on the keyboard", () => {
  expect(keyTexts("redo", false)).toEqual(["Ctrl", "Shift", "Z"]);
  expect(keyTexts("run", true)).toEqual(["⌘", "Enter"]);
});
