import { describe, expect, it } from "vitest";
import { ApiError } from "../../api/problem";
import type { FileView } from "../../api/types";
import { file } from "./fixture";
import { placeText, refusalOf, Uploads } from "./uploads";

interface Sent {
  name: string;
  signal: AbortSignal;
  onSent: (bytes: number) => void;
  done: (view: FileView) => void;
  fail: (error: Error) => void;
}

/** Uploads of which a test says when they are done. */
function uploadsByHand(): { uploads: Uploads; sent: Sent[] } {
  const sent: Sent[] = [];
  const uploads = new Uploads(
    ({ name }, onSent, signal) =>
      new Promise((done, fail) => {
        signal.addEventListener("abort", () => fail(signal.reason));
        sent.push({ name, signal, onSent, done, fail });
      }),
  );
  return { uploads, sent };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));
const named = (...names: string[]) => names.map((name) => new File(["1234"], name));

describe("uploads", () => {
  it("go one after the other and tell how far they are", async () => {
    const { uploads, sent } = uploadsByHand();
    const taken: string[] = [];
    uploads.add(named("a.csv", "b.csv"), ({ name }) => taken.push(name));
    expect(sent.map(({ name }) => name)).toEqual(["a.csv"]);
    sent[0]?.onSent(3);
    expect(uploads.list.map((each) => [each.name, each.sent, each.size])).toEqual([
      ["a.csv", 3, 4],
      ["b.csv", 0, 4],
    ]);
    sent[0]?.done(file([], { name: "a.csv" }));
    await settled();
    expect(uploads.list.map(({ name }) => name)).toEqual(["b.csv"]);
    sent[1]?.done(file([], { name: "b.csv" }));
    await settled();
    expect(taken).toEqual(["a.csv", "b.csv"]);
    expect(uploads.list).toEqual([]);
  });

  it("go on after one that is refused, which is told until the next", async () => {
    const { uploads, sent } = uploadsByHand();
    uploads.add(named("bad.csv", "good.csv"), () => undefined);
    sent[0]?.fail(new ApiError("Refused", 422, [{ location: ["row", 3], message: "This row has 1 value" }]));
    await settled();
    expect(uploads.list.map(({ refusal }) => refusal)).toEqual([["Row 3: This row has 1 value"], null]);
    uploads.add(named("last.csv"), () => undefined);
    expect(uploads.list.map(({ name }) => name)).toEqual(["good.csv", "last.csv"]);
  });

  it("can be ended, whether under way or waiting", async () => {
    const { uploads, sent } = uploadsByHand();
    uploads.add(named("a.csv", "b.csv", "c.csv"), () => undefined);
    uploads.remove(uploads.list[1]?.id ?? 0);
    uploads.remove(uploads.list[0]?.id ?? 0);
    expect(sent[0]?.signal.aborted).toBe(true);
    await settled();
    expect(sent.map(({ name }) => name)).toEqual(["a.csv", "c.csv"]);
    expect(uploads.list.map(({ name, refusal }) => [name, refusal])).toEqual([["c.csv", null]]);
  });
});

describe("a refusal", () => {
  it("says where in the file something is wrong", () => {
    const message = "It is empty";
    expect(placeText({ location: ["row", 12, "column", "age"], message })).toBe("Row 12, column age: It is empty");
    expect(placeText({ location: [], message })).toBe("It is empty");
  });

  it("has the lab's sentence where it names no place", () => {
    expect(refusalOf(new ApiError("Too large", 413))).toEqual(["Too large"]);
  });
});
