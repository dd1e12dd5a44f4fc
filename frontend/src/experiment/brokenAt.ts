const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none in its strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SIMPLE = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

class Broken extends Error {}

class Reader {
  at = 0;

  constructor(private readonly text: string) {}

  /** Passes what `pattern` matches here; tells whether it matches. */
  private pass(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }

  private passSign(sign: string): boolean {
    this.pass(SPACE);
    const found = this.text[this.at] === sign;
    if (found) this.at += 1;
    return found;
  }

  private need(found: boolean): void {
    if (!found) throw new Broken();
  }

  /** Passes the members of a list or an object, and its end. */
  private members(end: string, member: () => void): void {
    if (this.passSign(end)) return;
    do member();
    while (this.passSign(","));
    this.need(this.passSign(end));
  }

  value(): void {
    if (this.passSign("[")) this.members("]", () => this.value());
    else if (this.passSign("{")) {
      this.members("}", () => {
        this.pass(SPACE);
        this.need(this.pass(STRING));
        this.need(this.passSign(":"));
        this.value();
      });
    } else this.need(this.pass(STRING) || this.pass(SIMPLE));
  }

  end(): void {
    this.pass(SPACE);
    this.need(this.at === this.text.length);
  }
}

/** Index of the character from which `text` is no JSON; null where all of it is. Browsers tell it in no common way. */
export function brokenAt(text: string): number | null {
  const reader = new Reader(text);
  try {
    reader.value();
    reader.end();
    return null;
  } catch (error) {
    // Nested deeper than there is room for: somewhere below here.
    if (error instanceof Broken || error instanceof RangeError) return reader.at;
    throw error;
  }
}
