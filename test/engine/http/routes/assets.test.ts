import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Assets } from "../../../../src/engine/views/assets.ts";
import { start, type TestServer } from "../../../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

describe("an asset", () => {
  test.each([
    ["style.css", "text/css; charset=utf-8"],
    ["signs.css", "text/css; charset=utf-8"],
    ["favicon.svg", "image/svg+xml"],
    ["htmx.js", "text/javascript; charset=utf-8"],
    ["sse.js", "text/javascript; charset=utf-8"],
  ])("%s has its type, and an address that may be kept for ever", async (name, type) => {
    const response = await fetch(server.url + server.assets.url(name));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect((await response.text()).length).toBeGreaterThan(0);
  });

  test("is asked for once: then 304", async () => {
    const url = server.url + server.assets.url("style.css");
    const etag = (await fetch(url)).headers.get("etag")!;
    // fetch() would ask past every cache.
    const headers = { "if-none-match": etag, "cache-control": "max-age=0" };
    expect((await fetch(url, { headers })).status).toBe(304);
  });

  test("of a page from before a deploy is the present one, though not for ever", async () => {
    const response = await fetch(`${server.url}/assets/0123456789abcdef/style.css`);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-cache");
  });

  test.each([
    "/assets/0123456789abcdef/nothing.css",
    "/assets/style.css",
    "/assets/0123456789abcdef/../../package.json",
    "/assets/0123456789abcdef/..%2f..%2fpackage.json",
  ])("is nothing else: %s", async (path) => expect((await fetch(server.url + path)).status).toBe(404));

  test("is no file with a dot before its name, nor any in a folder with one", () => {
    const dir = mkdtempSync(join(tmpdir(), "brooklet-public-"));
    const files = [".env", ".git/config", ".git/refs/heads/main", "img/.DS_Store", "img/.cache/a.png", "img/a.b.png"];
    for (const file of files) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), "x");
    }
    const assets = new Assets(dir);
    expect(files.filter((file) => assets.get(file) !== undefined)).toEqual(["img/a.b.png"]);
  });

  test("that a template misnames is an error with the names that there are", () => {
    expect(() => server.assets.url("styles.css")).toThrow(/no styles\.css under public.+style\.css/);
  });

  test("is the favicon where browsers look for it by themselves", async () => {
    const response = await fetch(`${server.url}/favicon.ico`);
    expect(response.headers.get("content-type")).toBe("image/svg+xml");
  });
});

test("GET /healthz says that the server is there, and how many streams are open", async () => {
  const response = await fetch(`${server.url}/healthz`);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(await response.json()).toEqual({ ok: true, streams: 0 });
});
