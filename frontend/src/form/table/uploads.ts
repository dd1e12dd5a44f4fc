/** Files on their way to the lab, one after the other. They go on while the form is out of sight. */
import { ApiError, type Problem } from "../../api/problem";
import type { UploadedFile } from "../../api/types";
import { uploadFile } from "../../api/upload";

export interface Upload {
  id: number;
  name: string;
  /** Bytes. */
  size: number;
  /** Bytes that have been sent; all of them while the lab reads the file. */
  sent: number;
  /** Why it was refused, in sentences; null while it is under way. */
  refusal: readonly string[] | null;
}

type Send = typeof uploadFile;

interface Waiting {
  id: number;
  file: File;
  onDone: (view: UploadedFile) => void;
}

export class Uploads {
  /** Those under way or waiting, and those refused, in the order in which they came. */
  list: readonly Upload[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly waiting: Waiting[] = [];
  private sending: { id: number; stop: AbortController } | null = null;
  private lastId = 0;

  constructor(private readonly send: Send) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Uploads `files` after those that wait already; earlier refusals are forgotten. Calls `onDone` with each that is taken. */
  add(files: readonly File[], onDone: (view: UploadedFile) => void): void {
    const added = files.map((file) => ({ id: ++this.lastId, file, onDone }));
    this.waiting.push(...added);
    this.become([
      ...this.list.filter(({ refusal }) => refusal === null),
      ...added.map(({ id, file }) => ({ id, name: file.name, size: file.size, sent: 0, refusal: null })),
    ]);
    void this.next();
  }

  /** Shows `name` as refused for the `reason`, without an upload. */
  refuse(name: string, reason: string): void {
    this.become([...this.list, { id: ++this.lastId, name, size: 0, sent: 0, refusal: [reason] }]);
  }

  /** Ends the upload, or forgets its refusal. */
  remove(id: number): void {
    const index = this.waiting.findIndex((each) => each.id === id);
    if (index >= 0) this.waiting.splice(index, 1);
    if (this.sending?.id === id) this.sending.stop.abort();
    this.become(this.list.filter((each) => each.id !== id));
  }

  private async next(): Promise<void> {
    if (this.sending) return;
    const first = this.waiting.shift();
    if (!first) return;
    const { id, file, onDone } = first;
    const stop = new AbortController();
    this.sending = { id, stop };
    try {
      const view = await this.send(file, (sent) => this.change(id, { sent }), stop.signal);
      this.become(this.list.filter((each) => each.id !== id));
      onDone(view);
    } catch (error) {
      if (!stop.signal.aborted) this.change(id, { refusal: refusalOf(error) });
    } finally {
      this.sending = null;
      void this.next();
    }
  }

  private change(id: number, change: Partial<Upload>): void {
    this.become(this.list.map((each) => (each.id === id ? { ...each, ...change } : each)));
  }

  private become(list: readonly Upload[]): void {
    this.list = list;
    for (const listener of this.listeners) listener();
  }
}

/** The uploads of this page. */
export const uploads = new Uploads(uploadFile);

/** What the lab says of a file that it doesn't take, in sentences. */
export function refusalOf(error: unknown): string[] {
  const problems = error instanceof ApiError ? error.problems : [];
  return problems.length ? problems.map(placeText) : [error instanceof Error ? error.message : String(error)];
}

/** A problem of a file with where it is: "Row 12, column age: …". */
export function placeText({ location, message }: Problem): string {
  const found = [];
  for (let i = 0; i + 1 < location.length; i += 2) {
    if (location[i] === "row") found.push(`row ${location[i + 1]}`);
    if (location[i] === "column") found.push(`column ${location[i + 1]}`);
  }
  const place = found.join(", ");
  return place ? `${place.charAt(0).toUpperCase()}${place.slice(1)}: ${message}` : message;
}
