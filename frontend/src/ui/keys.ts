import { useEffect, useRef } from "react";

interface Key {
  /** As `KeyboardEvent.key` names it. */
  key: string;
  /** With Ctrl, or ⌘ on a Mac. */
  mod?: boolean;
  shift?: boolean;
  /** Works while a text is being typed, too. */
  whileTyping?: boolean;
  words: string;
}

/** Keys that work all over a place. The list that `?` opens has those of single controls beside them. */
export const KEYS = {
  run: { key: "Enter", mod: true, whileTyping: true, words: "Run what is set up" },
  palette: { key: "k", mod: true, whileTyping: true, words: "Find a place, a preset, a view or an action" },
  undo: { key: "z", mod: true, words: "Undo the last change of the set-up" },
  redo: { key: "z", mod: true, shift: true, words: "Redo it" },
  present: { key: "p", words: "Present the experiment, and end it" },
  help: { key: "?", words: "Show this list" },
} as const satisfies Record<string, Key>;

export type KeyName = keyof typeof KEYS;

/** Stands for Ctrl, or ⌘ on a Mac. */
export const MOD = "mod";

export function modText(mac = isMac()): string {
  return mac ? "⌘" : "Ctrl";
}

/** Keys within controls, for the list. */
export const CONTROL_KEYS: readonly { keys: readonly string[]; words: string }[] = [
  { keys: ["←", "→"], words: "Move among tabs, among data sets, among the choices of one control" },
  { keys: ["↑", "↓"], words: "Step a number that has the focus" },
  {
    keys: ["←", "→", "Page Up", "Page Down", "Home", "End"],
    words: "Move the epoch that is shown, in the replay's slider",
  },
  { keys: ["Space"], words: "Play or pause the replay, in its slider" },
  { keys: [MOD, "V"], words: "Paste an experiment as JSON: it becomes the set-up" },
];

export function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");
}

/** The key's parts as they are written on the keyboard. */
export function keyTexts(name: KeyName, mac = isMac()): string[] {
  const { key, mod, shift }: Key = KEYS[name];
  const text = key.length === 1 ? key.toUpperCase() : key;
  return [...(mod ? [modText(mac)] : []), ...(shift ? ["Shift"] : []), text];
}

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/** Whether `event` is the key called `name`. */
export function isPressed(event: Pressed, name: KeyName, mac = isMac()): boolean {
  const { key, mod = false, shift = false }: Key = KEYS[name];
  if (event.key.toLowerCase() !== key.toLowerCase() || event.altKey) return false;
  if (event.ctrlKey !== (mod && !mac) || event.metaKey !== (mod && mac)) return false;
  // Keyboards differ in whether Shift is needed for a sign such as ?.
  return mod || key.length > 1 ? event.shiftKey === shift : true;
}

const NOT_TYPED = new Set(["checkbox", "radio", "range", "button", "submit", "file", "color"]);

/** Whether `target` is a field that text is typed into. */
export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !NOT_TYPED.has(target.type);
  return target instanceof HTMLTextAreaElement || target.isContentEditable;
}

/** Whether a dialog is open, which has the keys for itself. */
export function isDialogOpen(): boolean {
  return document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
}

/** Whether the experiment is presented: above it no other dialog could be seen. */
function isPresented(): boolean {
  return document.querySelector("dialog:modal") !== null;
}

/** Calls `act` when the key called `name` is pressed anywhere in the page. */
export function useKey(name: KeyName, act: () => void): void {
  const now = useRef(act);
  now.current = act;
  useEffect(() => {
    const whileTyping = "whileTyping" in KEYS[name];
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !isPressed(event, name) || isDialogOpen()) return;
      if (name !== "present" && isPresented()) return;
      if (!whileTyping && isTextField(event.target)) return;
      event.preventDefault();
      now.current();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [name]);
}
