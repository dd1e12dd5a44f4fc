import { expect, it } from "vitest";
import { isOnlyHere } from "./copying";

it("knows the addresses that are another machine's elsewhere", () => {
  const own = ["localhost", "lab.localhost", "127.0.0.1", "127.1.2.3", "[::1]"];
  expect(own.filter((host) => !isOnlyHere(host))).toEqual([]);
  expect(["lab.example", "10.0.0.5", "localhost.example", "127.example"].filter(isOnlyHere)).toEqual([]);
});
