import { Unreadable } from "./received";

/** The link's part after #, which browsers keep to themselves: no server, and no log, sees the experiment. */
const NAME = "experiment";
const VERSION = 1;

/** An experiment that the lab takes is far smaller. */
const MOST_BYTES = 2 ** 20;

const DAMAGED = "A part of it is missing or was changed: copy the whole link again";

async function bytesOf(readable: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) {
      await reader.cancel();
      throw new Unreadable("It holds more than any experiment");
    }
    chunks.push(value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function through(bytes: Uint8Array<ArrayBuffer>, by: GenericTransformStream): ReadableStream<Uint8Array> {
  return new Blob([bytes]).stream().pipeThrough(by as ReadableWritablePair<Uint8Array, Uint8Array<ArrayBuffer>>);
}

function base64Url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
}

/** `draft`, compressed, in signs that an address may have. */
export async function encoded(draft: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(draft));
  const compressed = await bytesOf(through(bytes, new CompressionStream("deflate-raw")), Number.POSITIVE_INFINITY);
  return `${VERSION}.${base64Url(compressed)}`;
}

/** The text of JSON that was encoded; an `Unreadable` where it can't be. */
export async function decoded(text: string): Promise<string> {
  const [, version, packed] = /^(\d{1,9})\.([\w-]+)$/.exec(text) ?? [];
  if (version === undefined || packed === undefined) throw new Unreadable(DAMAGED);
  if (Number(version) > VERSION) {
    throw new Unreadable(
      "It was made by a newer version of Constraint Lab: update this lab, or ask for the experiment as JSON",
    );
  }
  try {
    const bytes = await bytesOf(through(fromBase64Url(packed), new DecompressionStream("deflate-raw")), MOST_BYTES);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable(DAMAGED);
  }
}

/** Link that opens the Lab at `origin` with `draft` in its form. */
export async function setupLink(draft: unknown, origin: string): Promise<string> {
  return `${origin}/#${NAME}=${await encoded(draft)}`;
}

/** What `setupLink` encoded, from the part of an address after #; null where it is no such link. */
export function encodedIn(hash: string): string | null {
  return hash.startsWith(`#${NAME}=`) ? hash.slice(NAME.length + 2) : null;
}
