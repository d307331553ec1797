import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Tokens } from "../../../src/engine/access/tokens.ts";
import type { Feature } from "../../../src/engine/feature.ts";
import { type AppParts, createApp } from "../../../src/engine/http/app.ts";
import { PublishRate } from "../../../src/engine/http/request/publish-rate.ts";
import { Metrics } from "../../../src/engine/ops/metrics.ts";
import { Tracing } from "../../../src/engine/ops/tracing.ts";
import { Raw } from "../../support/raw.ts";
import { settings, start, type TestServer } from "../../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await start({ config: { hosts: ["example.com"], corsOrigins: ["https://friend.example"] } });
});
afterAll(() => server.close());

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** With any header, which fetch() would not send. A stream is left once its head is there. */
async function ask(method: string, path: string, headers: Record<string, string> = {}, body = ""): Promise<Answer> {
  const sent = request({ port: server.port, host: "127.0.0.1", method, path, headers });
  sent.end(body);
  const [response] = await once(sent, "response");
  let text = "";
  if (!response.headers["content-type"]?.includes("event-stream")) {
    for await (const chunk of response.setEncoding("utf8")) text += chunk;
  }
  response.destroy();
  return { status: response.statusCode, headers: response.headers, text };
}

/** What cannot do what it is asked. */
const failing = (error: Error): Feature => ({
  name: "failing",
  create: () => ({
    routes: (router) =>
      router.get("/broken", () => {
        throw error;
      }),
  }),
});

const code = ({ text }: Answer) => (JSON.parse(text) as { code: string }).code;
const publish = (headers: Record<string, string>) =>
  ask("POST", "/publish", { "content-type": "application/json", ...headers }, "1");
const stream = (headers: Record<string, string>) => ask("GET", "/events?regions=feed", headers);

describe("every answer", () => {
  test.each(["/", "/nowhere", "/events?regions=feed", "/healthz", "/publish"])(
    "of %s allows nothing from elsewhere",
    async (path) => {
      const { headers } = await ask("GET", path);
      expect(headers["content-security-policy"]).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      );
      expect(headers["x-content-type-options"]).toBe("nosniff");
    },
  );

  test("allows pictures and media from the origins that are listed", async () => {
    const mediaOrigins = ["https://cdn.example.com", "https://*.example.org"];
    const other = await start({ config: { mediaOrigins } });
    const { headers } = await fetch(other.url);
    await other.close();
    const policy = headers.get("content-security-policy");
    for (const of of ["img-src", "media-src"])
      expect(policy).toContain(`; ${of} 'self' https://cdn.example.com https://*.example.org;`);
  });
});

describe("an error", () => {
  test("is problem+json for programs", async () => {
    const answer = await ask("GET", "/nowhere");
    expect(answer.status).toBe(404);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(JSON.parse(answer.text)).toEqual({
      status: 404,
      code: "not_found",
      title: "There is nothing at this address.",
      request_id: answer.headers["x-request-id"],
    });
  });

  test("is a page for people", async () => {
    const answer = await ask("GET", "/nowhere", { accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
    expect(answer.status).toBe(404);
    expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(answer.text).toContain("There is nothing at this address.</p>");
  });

  test.each([
    ["PUT", "/publish/price", "POST, DELETE"],
    ["POST", "/topics/price", "HEAD, GET"],
    ["GET", "/publish", "POST, DELETE"],
    ["POST", "/events", "HEAD, GET"],
    ["PROPFIND", "/publish", "POST, DELETE"],
    ["POST", "/", "GET, HEAD"],
    ["DELETE", "/", "GET, HEAD"],
  ])("of method, %s %s, is 405 with Allow: %s", async (method, path, allow) => {
    const answer = await ask(method, path);
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe(allow);
    expect(code(answer)).toBe("method_not_allowed");
  });

  test("of method at an address that is none is 404", async () => {
    expect((await ask("POST", "/nowhere")).status).toBe(404);
    expect((await ask("PROPFIND", "/nowhere")).status).toBe(404);
  });

  test("of ours is 500, and only the log knows more", async () => {
    const broken = await start({ features: [failing(new Error("in /secret/place.ts"))] });
    const response = await fetch(`${broken.url}/broken`);
    const text = await response.text();
    await broken.close();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ code: "internal" });
    expect(text).not.toContain("secret");
    expect(broken.errors).toEqual([new Error("in /secret/place.ts")]);
  });
});

describe("the host", () => {
  test.each([
    "localhost",
    "LOCALHOST:3000",
    "a.localhost",
    "127.0.0.1:80",
    "10.1.2.3",
    "[::1]:3000",
    "example.com",
    "Example.com.:3000",
  ])("%s is answered", async (host) => expect((await ask("GET", "/healthz", { host })).status).toBe(200));

  test.each([
    "evil.example",
    "example.com.evil.example",
    "localhost.evil.example",
    "localhost@evil.example",
    "a:80@localhost",
    "localhost, evil.example",
    "evil.example/localhost",
    "[::1",
    "1.2.3.4.evil.example",
    "$(id).localhost",
    "a;id.localhost:3000",
    "a&id.localhost",
    "`id`.localhost",
    "a'.localhost",
  ])("%j is 421 host_unknown", async (host) => {
    const answer = await ask("GET", "/", { host });
    expect(answer.status).toBe(421);
    expect(code(answer)).toBe("host_unknown");
  });

  test("two Host headers are 400, whichever of them it goes by", async () => {
    for (const hosts of [
      ["localhost", "evil.example"],
      ["evil.example", "localhost"],
      ["localhost", "localhost"],
    ]) {
      const lines = hosts.map((host) => `Host: ${host}`);
      const answer = await new Raw(server.port)
        .send("GET /healthz HTTP/1.1", ...lines, "Connection: close", "", "")
        .end();
      expect(answer).toContain(" 400 ");
    }
  });

  test("may be missing in HTTP/1.0, which no browser speaks, and not in 1.1", async () => {
    expect(await new Raw(server.port).send("GET /healthz HTTP/1.0", "", "").end()).toContain(" 200 OK");
    expect(await new Raw(server.port).send("GET /healthz HTTP/1.1", "Connection: close", "", "").end()).toContain(
      " 421 ",
    );
  });
});

test.each([
  ["over HTTPS, which a proxy took off", { host: "example.com", "x-forwarded-proto": "https" }, "max-age=31536000"],
  ["over HTTP", { host: "example.com" }, undefined],
  [
    "by a name that other servers of a developer's have, too",
    { host: "localhost", "x-forwarded-proto": "https" },
    undefined,
  ],
])("a browser that is here %s is told to come back over HTTPS only where it should", async (_, headers, told) => {
  expect((await ask("GET", "/", headers)).headers["strict-transport-security"]).toBe(told);
});

describe("a page of another site", () => {
  const foreign: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://127.0.0.1:1" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
  ];

  test.each(foreign)("can neither publish, empty, chat, read nor hold a stream: %j", async (headers) => {
    const tries = [
      publish(headers),
      ask("DELETE", "/publish", headers),
      ask("POST", "/actions/feed", headers),
      stream(headers),
      ask("GET", "/topics/feed", headers),
    ];
    for (const answer of await Promise.all(tries)) {
      expect(answer.status).toBe(403);
      expect(code(answer)).toBe("origin_forbidden");
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    }
  });

  test.each(["/", "/own", "/widgets", "/widgets/clock"])(
    "may link to a page, and neither frame nor fetch nor prefetch it: %s",
    async (path) => {
      const site = { "sec-fetch-site": "cross-site" };
      const visit = { ...site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
      expect((await ask("GET", path, visit)).status).toBe(200);
      for (const headers of [
        { ...visit, "sec-fetch-dest": "iframe" },
        { ...visit, "sec-purpose": "prefetch;prerender" },
        { ...visit, "sec-fetch-site": "none", "sec-purpose": "prefetch" },
        { ...site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
        { ...site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "empty", "sec-purpose": "prefetch" },
        { ...site, "sec-fetch-mode": "cors", "sec-fetch-dest": "empty", origin: "https://evil.example" },
      ]) {
        const answer = await ask("GET", path, headers);
        expect([answer.status, code(answer)]).toEqual([403, "origin_forbidden"]);
      }
    },
  );

  test.each([
    ["/events/", 404],
    ["/EVENTS", 404],
    ["/Events", 404],
    ["/%65vents", 404],
    ["//events", 404],
    ["/events", 403],
  ])("holds no stream by another spelling: %s", async (path, status) => {
    expect((await ask("GET", `${path}?regions=feed`, { origin: "https://evil.example" })).status).toBe(status);
  });

  test("joins nothing, whatever its browser does not say of it", async () => {
    const tries: Record<string, string>[] = [{}, { "sec-fetch-site": "cross-site", "hx-request": "true" }];
    for (const headers of tries) {
      const answer = await ask("GET", "/join?region=clock", headers);
      expect([answer.status, code(answer)]).toEqual([403, "origin_forbidden"]);
    }
  });

  test("may hold a stream if the operator names it, with credentials, as htmx sends them", async () => {
    const { status, headers } = await stream({ origin: "https://friend.example", "sec-fetch-site": "cross-site" });
    expect(status).toBe(200);
    expect(headers["access-control-allow-origin"]).toBe("https://friend.example");
    expect(headers["access-control-allow-credentials"]).toBe("true");
    expect(headers.vary).toMatch(/^Origin\b/); // and what else the answer depends on
  });
});

describe("a page of an origin that the operator names", () => {
  const origin = "https://friend.example";
  const preflight = (path: string, origin: string) =>
    ask("OPTIONS", path, {
      origin,
      "sec-fetch-site": "cross-site",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,idempotency-key",
    });

  test("may ask whether it may publish, for any topic, with a token and a key", async () => {
    for (const path of ["/publish", "/publish/price/ACME"]) {
      const { status, headers, text } = await preflight(path, origin);
      expect({ status, text }).toEqual({ status: 204, text: "" });
      expect(headers).toMatchObject({
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "POST, DELETE",
        "access-control-allow-headers":
          "authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id",
        "access-control-max-age": "600",
        vary: "Origin",
      });
    }
  });

  test("may read what its publishing comes to, good or bad, and when to try again", async () => {
    const good = await publish({ origin, "sec-fetch-site": "cross-site" });
    const bad = await ask("POST", "/publish/nothing", { origin, "content-type": "application/json" }, "1");
    expect([good.status, bad.status]).toEqual([201, 404]);
    for (const { headers } of [good, bad]) {
      expect(headers["access-control-allow-origin"]).toBe(origin);
      expect(headers["access-control-expose-headers"]).toBe("ETag, Retry-After");
    }
  });

  test("may read a topic, and change it where it still stands so", async () => {
    const site = { origin, "sec-fetch-site": "cross-site" };
    const { status, headers } = await ask("GET", "/topics/feed", site);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ "access-control-allow-origin": origin, vary: "Origin" });
    const unchanged = { ...site, "if-match": headers.etag as string };
    expect((await publish(unchanged)).status).toBe(201);
    const late = await publish(unchanged);
    expect([late.status, late.headers["access-control-allow-origin"]]).toEqual([412, origin]);
    expect(late.headers["access-control-expose-headers"]).toContain("ETag");
  });

  test.each(["/", "/feed", "/healthz", "/publishing", "/events/"])(
    "is told of nothing else that it may: %s",
    async (path) => {
      expect((await preflight(path, origin)).headers).not.toHaveProperty("access-control-allow-origin");
      expect((await ask("GET", path, { origin })).headers).not.toHaveProperty("access-control-allow-origin");
    },
  );

  test("may not send our own pages' forms", async () => {
    const answer = await ask(
      "POST",
      "/actions/feed",
      { origin, "content-type": "application/x-www-form-urlencoded" },
      "text=x",
    );
    expect(answer.status).toBe(403);
  });

  test("is told apart to the letter", async () => {
    for (const other of ["https://friend.example.evil.example", "http://friend.example", "https://FRIEND.example"]) {
      expect((await preflight("/publish", other)).headers).not.toHaveProperty("access-control-allow-origin");
    }
  });
});

describe("a page of our own", () => {
  test.each<Record<string, string>>([
    { "sec-fetch-site": "same-origin", host: "localhost:1", origin: "http://localhost:1" },
    { host: "localhost:1", origin: "http://localhost:1" },
    { "sec-fetch-site": "same-origin", host: "10.0.0.1", origin: "https://behind-a-proxy.example" },
    {},
  ])("may publish and hold a stream: %j", async (headers) => {
    expect((await publish(headers)).status).toBe(201);
    expect((await stream(headers)).status).toBe(200);
  });
});

/** An app on the broker of the server, as it would be then. */
const appOf = (then: Partial<AppParts>) =>
  createApp({
    settings,
    tokens: new Tokens(settings, { widgets: () => [], report: () => {} }),
    publishRate: new PublishRate(),
    broker: server.broker,
    presence: server.presence,
    actions: new Map(),
    secret: () => "a secret",
    views: () => server.views,
    assets: () => server.assets,
    edition: () => "",
    whatToMend: () => undefined,
    sources: server.sources,
    features: [],
    ownWidgets: new Set<string>(),
    pages: {},
    limits: {},
    phase: { isLeaving: false, isClosing: false },
    metrics: new Metrics(),
    tracing: new Tracing(),
    exposition: server.exposition,
    report: () => {},
    ...then,
  });

test("a server that is closing takes nothing that could be cut off, and says when to come again", async () => {
  const { app } = appOf({ phase: { isLeaving: true, isClosing: true } });
  const closing = createServer(app.callback()).listen(0, "127.0.0.1");
  await once(closing, "listening");
  const url = `http://127.0.0.1:${(closing.address() as AddressInfo).port}`;
  const headers = { "content-type": "application/json" };
  const refused = await fetch(`${url}/publish`, { method: "POST", headers, body: "1" });
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await refused.json()).toMatchObject({ code: "draining" });
  expect((await fetch(`${url}/`)).status).toBe(200);
  closing.close();
});

describe("the log", () => {
  const error = (code: string) => Object.assign(new Error(code), { code });

  /** What it is told of what Koa tells. */
  function told(problem: Error): unknown[] {
    const errors: unknown[] = [];
    appOf({ report: (error) => void errors.push(error) }).app.emit("error", problem);
    return errors;
  }

  test.each([
    ...["ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET", "EPIPE", "ETIMEDOUT"],
    ...["ERR_HTTP2_STREAM_ERROR", "ERR_HTTP2_SESSION_ERROR", "ERR_HTTP2_ERROR", "ERR_SSL_BAD_RECORD_TYPE"],
  ])("is not told of a connection that breaks, as whoever wants to could fill it: %s", (code) => {
    expect(told(error(code))).toEqual([]);
  });

  test("is told of what could not be sent", () => {
    const problem = error("ERR_INVALID_ARG_TYPE");
    expect(told(problem)).toEqual([problem]);
  });

  test("is told of what breaks behind a route, by whatever name", async () => {
    const problem = error("ECONNRESET");
    const broken = await start({ features: [failing(problem)] });
    expect((await fetch(`${broken.url}/broken`)).status).toBe(500);
    await broken.close();
    expect(broken.errors).toEqual([problem]);
  });
});

test("no address and no header makes the server fail", async () => {
  const word = fc.string({ unit: "grapheme-ascii", maxLength: 30 }).map((text) => text.replace(/[\s#]/g, "%"));
  const path = fc.tuple(
    fc.constantFrom("/", "/publish/", "/topics/", "/events?regions=", "/join?_regions=feed&region=", "/assets/", "//"),
    word,
  );
  const method = fc.constantFrom("GET", "POST", "DELETE", "HEAD", "PUT");
  const header = fc.string({ unit: "grapheme-ascii", maxLength: 30 });
  const before = server.errors.length;
  await fc.assert(
    fc.asyncProperty(method, path, header, header, async (method, [start, rest], accept, host) => {
      const { status } = await ask(method, start + rest, {
        accept,
        "last-event-id": host,
        range: accept,
        cookie: host,
        "if-match": accept,
        "if-none-match": host,
      });
      expect(status).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
  expect(server.errors.slice(before)).toEqual([]);
});
