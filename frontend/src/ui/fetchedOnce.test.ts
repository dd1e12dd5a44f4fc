import { expect, test } from "vitest";
import { fetchedOnce } from "./fetchedOnce";

test("what has come is fetched once, for all who ask", async () => {
  let calls = 0;
  const fetched = fetchedOnce(async () => ++calls);
  expect(await Promise.all([fetched(), fetched()])).toEqual([1, 1]);
  expect(await fetched()).toBe(1);
});

test("a failure is told to those who asked, and tried again by the next", async () => {
  let online = false;
  const fetched = fetchedOnce(async () => {
    if (!online) throw new Error("offline");
    return "here";
  });
  await expect(Promise.all([fetched(), fetched()])).rejects.toThrow("offline");
  online = true;
  expect(await fetched()).toBe("here");
});
