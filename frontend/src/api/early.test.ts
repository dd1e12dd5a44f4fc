import { afterEach, expect, it, vi } from "vitest";
import { fetchOrTake } from "./early";

afterEach(() => vi.unstubAllGlobals());

it("takes an early answer once, and only for its address", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async ({ url }: Request) => {
    asked.push(url);
    return new Response("later");
  });
  const early = (address: string): [string, Promise<Response>] => [address, Promise.resolve(new Response("early"))];
  vi.stubGlobal("window", { early: new Map([early("/api/catalog"), early("/api/experiments?q=&limit=30")]) });
  const ask = async (path: string, init?: RequestInit) =>
    (await fetchOrTake(new Request(`http://lab${path}`, init))).text();
  expect(await ask("/api/catalog?of=layers")).toBe("later");
  expect(await ask("/api/catalog", { method: "POST" })).toBe("later");
  expect(await ask("/api/presets")).toBe("later");
  expect(await ask("/api/catalog")).toBe("early");
  expect(await ask("/api/catalog")).toBe("later");
  expect(await ask("/api/experiments?q=net&limit=30")).toBe("later");
  expect(await ask("/api/experiments?q=&limit=30")).toBe("early");
  expect(asked).toHaveLength(5);
});

it("lets a call fail as the early one did", async () => {
  const early = Promise.reject(new TypeError("Failed to fetch"));
  early.catch(() => undefined);
  vi.stubGlobal("window", { early: new Map([["/api/catalog", early]]) });
  await expect(fetchOrTake(new Request("http://lab/api/catalog"))).rejects.toThrow("Failed to fetch");
});
