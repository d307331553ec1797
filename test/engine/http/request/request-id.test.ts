import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../../../src/engine/ops/logger.ts";
import type { About } from "../../../../src/engine/ops/outlet.ts";
import { Raw } from "../../../support/raw.ts";
import { start, type TestServer } from "../../../support/server.ts";

const MADE = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;

let server: TestServer;
const told: { what: unknown; about: About }[] = [];
beforeAll(async () => {
  const failing = () => {
    throw new Error("of nobody");
  };
  const report: Report = (what, _error, about = {}) => void told.push({ what, about });
  server = await start({ report, actions: { failing: { fields: undefined, run: failing } } });
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers });

describe("a request's id", () => {
  test("is in its answer, in its error and in the log", async () => {
    const response = await get("/publish/nowhere", { accept: "application/json" });
    const id = response.headers.get("x-request-id");
    expect(id).toMatch(MADE);
    expect(await response.json()).toMatchObject({ code: "method_not_allowed", request_id: id });
    expect(told.find(({ about }) => about.request_id === id)?.about).toEqual({
      level: "debug",
      request_id: id,
      method: "GET",
      path: "/publish/…",
      status: 405,
      code: "method_not_allowed",
    });
    expect(
      (await get("/events?regions=feed&as=json", { accept: "text/event-stream" })).headers.get("x-request-id"),
    ).toMatch(MADE);
  });

  test("is that of a proxy of ours, if it is one", async () => {
    const id = "0af7651916cd43dd8448eb211c80319c";
    expect((await get("/healthz", { "x-request-id": id })).headers.get("x-request-id")).toBe(id);
    for (const bad of ["a b", "x".repeat(129), "<script>", 'a"b']) {
      expect((await get("/healthz", { "x-request-id": bad })).headers.get("x-request-id")).toMatch(MADE);
    }
    const own = await start({ config: { trustProxy: ["10.0.0.0/8"] } });
    const strangers = await fetch(`${own.url}/healthz`, { headers: { "x-request-id": id } });
    expect(strangers.headers.get("x-request-id")).toMatch(MADE);
    await own.close();
  });

  test("leads from what a visitor of a failed action has to its stack, which is told once", async () => {
    for (const accept of ["text/html", "application/json"]) {
      const headers = { accept, "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" };
      const response = await fetch(`${server.url}/actions/failing`, { method: "POST", body: "", headers });
      const id = response.headers.get("x-request-id");
      const about = { request_id: id, action: "failing", status: 500, code: "action_failed", path: "/actions/…" };
      const entries = told.filter(({ about }) => about.request_id === id);
      expect(entries).toEqual([{ what: new Error("of nobody"), about: expect.objectContaining(about) }]);
    }
  });

  test("says nothing of what its path and query name", async () => {
    await get("/topics/own/0af7651916cd43dd8448eb?cursor=secret");
    expect(JSON.stringify(told)).not.toMatch(/0af7651916cd43dd8448eb\?|secret/);
  });

  test("is given to what never becomes a request, too", async () => {
    for (const line of ["GET /#a HTTP/1.1", "GET  HTTP/1.1"]) {
      const text = await new Raw(server.port).send(line, "Host: localhost", "", "").until("}");
      const [, id] = /^X-Request-Id: (.*)\r$/m.exec(text)!;
      expect(JSON.parse(text.slice(text.indexOf("{")))).toMatchObject({ status: 400, request_id: id });
    }
  });
});
