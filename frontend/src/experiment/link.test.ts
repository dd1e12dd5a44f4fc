import { describe, expect, it } from "vitest";
import { draftOf } from "./draftOf";
import { decoded, encoded, encodedIn, setupLink } from "./link";
import { catalog, presets } from "./liveCatalog";
import { Unreadable } from "./received";

const refusal = async (text: string) => {
  const error: unknown = await decoded(text).then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error, text).toBeInstanceOf(Unreadable);
  return (error as Unreadable).message;
};

describe("a link", () => {
  it("holds each preset whole, in signs that no address changes", async () => {
    expect(Object.keys(presets).length).toBeGreaterThan(5);
    for (const [name, preset] of Object.entries(presets)) {
      const draft = draftOf(preset, catalog);
      const link = await setupLink(draft, "http://lab");
      expect(new URL(link).href, name).toBe(link);
      const text = encodedIn(new URL(link).hash) ?? "";
      expect(text, name).toMatch(/^1\.[\w-]+$/);
      expect(JSON.parse(await decoded(text)), name).toEqual(draft);
    }
  });

  it("holds other alphabets", async () => {
    const draft = { name: "Zwei Monde, 二つの月 🌙" };
    expect(JSON.parse(await decoded(await encoded(draft)))).toEqual(draft);
  });

  it("is refused where it is cut, changed, newer, or no link", async () => {
    const whole = await encoded(draftOf(presets.tutorial, catalog));
    expect(await refusal(whole.slice(0, -9))).toMatch(/copy the whole link/);
    expect(await refusal("")).toMatch(/copy the whole link/);
    expect(await refusal("1.")).toMatch(/copy the whole link/);
    expect(await refusal("1.AAAA")).toMatch(/copy the whole link/);
    expect(await refusal(`1.%${whole.slice(2)}`)).toMatch(/copy the whole link/);
    expect(await refusal(whole.replace("1.", "2."))).toMatch(/newer version/);
    expect(encodedIn("#results")).toBeNull();
  });

  it("is refused where it would grow beyond any experiment", async () => {
    const bomb = await encoded({ name: " ".repeat(2 ** 21) });
    expect(bomb.length).toBeLessThan(10_000);
    expect(await refusal(bomb)).toMatch(/more than any experiment/);
  });
});
