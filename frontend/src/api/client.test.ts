import createClient from "openapi-fetch";
import { describe, expect, it } from "vitest";
import { payload, throwing } from "./client";
import { ApiError } from "./problem";
import type { paths } from "./schema";

function clientOf(answer: (request: Request) => Promise<Response>) {
  const client = createClient<paths>({ baseUrl: "http://lab", fetch: answer });
  client.use(throwing);
  return client;
}

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => error,
  );

describe("client", () => {
  it("throws a problem document as an error with its status and located problems", async () => {
    const errors = [{ location: ["arms", 0, "name"], message: "Give the arm a name" }];
    const document = {
      type: "about:blank",
      title: "Unprocessable Content",
      status: 422,
      detail: "One thing is wrong",
      errors,
    };
    const headers = { "Content-Type": "application/problem+json" };
    const client = clientOf(async () => new Response(JSON.stringify(document), { status: 422, headers }));
    const error = await failureOf(client.GET("/api/presets"));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ message: "One thing is wrong", status: 422, problems: errors });
  });

  it("says that the lab does not answer when it is down, also behind a proxy", async () => {
    const down = clientOf(() => Promise.reject(new TypeError("Failed to fetch")));
    expect(await failureOf(down.GET("/api/presets"))).toMatchObject({
      status: 0,
      message: expect.stringContaining("does not answer"),
    });
    const proxied = clientOf(async () => new Response("<html>Bad gateway</html>", { status: 502 }));
    expect(await failureOf(proxied.GET("/api/presets"))).toMatchObject({
      status: 502,
      message: expect.stringContaining("does not answer"),
    });
  });

  it("leaves an aborted call aborted", async () => {
    const client = clientOf(({ signal }) => Promise.reject(signal.reason));
    const error = await failureOf(client.GET("/api/presets", { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ name: "AbortError" });
  });

  it("gives the payload of a call", async () => {
    const client = clientOf(async () => Response.json({ presets: [] }));
    expect(await payload(client.GET("/api/presets"))).toEqual({ presets: [] });
  });
});
