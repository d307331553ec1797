import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import Router from "@koa/router";
import Koa from "koa";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assetsRoutes } from "../../../../src/engine/http/routes/assets.ts";
import { Assets } from "../../../../src/engine/views/assets.ts";
import { eventually } from "../../../support/browser.ts";
import { writeFiles } from "../../../support/folders.ts";
import { start, type TestServer } from "../../../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await start();
  await server.assets.compress();
});
afterAll(() => server.close());

/** A folder with these files. */
function folder(files: Record<string, string | Buffer>): string {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-public-"));
  writeFiles(dir, files);
  return dir;
}

describe("an asset", () => {
  test.each([
    ["style.css", "text/css; charset=utf-8"],
    ["signs.css", "text/css; charset=utf-8"],
    ["charts.css", "text/css; charset=utf-8"],
    ["favicon.svg", "image/svg+xml"],
    ["htmx.js", "text/javascript; charset=utf-8"],
    ["sse.js", "text/javascript; charset=utf-8"],
    ["engine.css", "text/css; charset=utf-8"],
    ["engine.js", "text/javascript; charset=utf-8"],
  ])("%s has its type, and an address that may be kept for ever", async (name, type) => {
    const response = await fetch(server.url + server.assets.url(name));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect((await response.text()).length).toBeGreaterThan(0);
  });

  test("of the engine's that pages load holds all of its kind, so that they ask for no more than that", () => {
    const text = (name: string) => server.assets.get(name)!.bytes.toString().trimEnd();
    for (const [whole, parts] of [
      ["engine.js", ["htmx.js", "sse.js", "morph.js"]],
      ["engine.css", ["signs.css", "kit.css", "charts.css"]],
    ] as const) {
      for (const part of parts) expect(text(whole), part).toContain(text(part));
    }
  });

  test("is asked for once: then 304", async () => {
    const url = server.url + server.assets.url("style.css");
    const etag = (await fetch(url)).headers.get("etag")!;
    // fetch() would ask past every cache.
    const headers = { "if-none-match": etag, "cache-control": "max-age=0" };
    expect((await fetch(url, { headers })).status).toBe(304);
  });

  test("has a plain address, too, by which programs name it: that is asked for anew each time", async () => {
    const response = await fetch(`${server.url}/assets/style.css`);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-cache");
    expect(await response.text()).toBe(await (await fetch(server.url + server.assets.url("style.css"))).text());
  });

  test("of a page from before a deploy is the present one, though not for ever", async () => {
    const response = await fetch(`${server.url}/assets/0123456789abcdef/style.css`);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-cache");
  });

  test.each([
    "/assets/0123456789abcdef/nothing.css",
    "/assets/",
    "/assets/nothing.css",
    "/assets/0123456789abcdef/../../package.json",
    "/assets/0123456789abcdef/..%2f..%2fpackage.json",
  ])("is nothing else: %s", async (path) => expect((await fetch(server.url + path)).status).toBe(404));

  test("is no file with a dot before its name, nor any in a folder with one", () => {
    const files = [".env", ".git/config", ".git/refs/heads/main", "img/.DS_Store", "img/.cache/a.png", "img/a.b.png"];
    const assets = new Assets(folder(Object.fromEntries(files.map((file) => [file, "x"]))));
    expect(files.filter((file) => assets.get(file) !== undefined)).toEqual(["img/a.b.png"]);
  });

  test("that a template misnames is an error with the name that was meant, or else with those that its author has", () => {
    const named =
      (name: string, assets: Pick<Assets, "url"> = server.assets) =>
      () =>
        assets.url(name);
    expect(named("styel.css")).toThrow("there is no styel.css under public. Did you mean “style.css”?");
    expect(named("chart.css")).toThrow(" Did you mean “charts.css”?");
    const two = new Assets(folder({ "a.png": "x", "pictures/logo.png": "x" }));
    expect(named("logo.png", two)).toThrow(
      /^there is no logo\.png under public\. Known: (?=.*\ba\.png)(?=.*pictures\/logo\.png)[\w./]+, [\w./]+$/,
    );
    expect(named("logo.png", new Assets("nowhere"))).toThrow("there is no logo.png under public. Put it there.");
  });

  test("is the favicon where browsers look for it by themselves", async () => {
    const response = await fetch(`${server.url}/favicon.ico`);
    expect(response.headers.get("content-type")).toBe("image/svg+xml");
  });
});

/** A file as it comes over the wire. */
async function fetched(url: string, headers: Record<string, string>, method: "GET" | "HEAD" = "GET") {
  const answer = await request(url, { method, headers });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    coding: answer.headers["content-encoding"],
    body: Buffer.from(await answer.body.arrayBuffer()),
  };
}

describe("a compressed asset", () => {
  const url = () => server.url + server.assets.url("htmx.js");
  const plain = () => server.assets.get("htmx.js")!.bytes;

  test.each([
    ["gzip, deflate, br, zstd", "br"],
    ["gzip, deflate", "gzip"],
    ["br;q=0.1, gzip;q=0.9", "gzip"],
    ["br;q=0, *", "gzip"],
    ["*", "br"],
    ["gzip;q=0.5", "gzip"],
    ["identity;q=0, gzip;q=0.1", "gzip"],
    ["identity, gzip;q=0.5", undefined],
    ["identity", undefined],
    ["*;q=0", undefined],
    ["deflate, compress", undefined],
    ["", undefined],
  ])("is what its reader takes, and the smallest of that: “%s”", async (accepted, coding) => {
    const answer = await fetched(url(), { "accept-encoding": accepted });
    expect([answer.status, answer.coding, answer.headers.vary]).toEqual([200, coding, "Accept-Encoding"]);
    const decode = { br: brotliDecompressSync, gzip: gunzipSync, none: (bytes: Buffer) => bytes }[coding ?? "none"]!;
    expect(decode(answer.body).equals(plain())).toBe(true);
    if (coding !== undefined) expect(answer.body.length).toBeLessThan(plain().length / 2);
  });

  test("has an ETag of its own in each coding, for which there is a 304 and for another one there is none", async () => {
    const tags = new Set<string>();
    for (const coding of ["br", "gzip", "identity"]) {
      const { headers } = await fetched(url(), { "accept-encoding": coding });
      tags.add(headers.etag as string);
    }
    expect(tags.size).toBe(3);
    const [br, gzip] = tags;
    for (const [tag, status] of [
      [br!, 304],
      [`W/${br}`, 304],
      [`${gzip}, ${br}`, 304],
      ["*", 304],
      [gzip!, 200],
    ] as const) {
      const again = await fetched(url(), { "accept-encoding": "gzip, br", "if-none-match": tag });
      expect([again.status, again.headers.etag, again.headers.vary]).toEqual([status, br, "Accept-Encoding"]);
      expect(again.body.length > 0).toBe(status === 200);
    }
  });

  test("says by HEAD what it says by GET", async () => {
    const head = await fetched(url(), { "accept-encoding": "br" }, "HEAD");
    const get = await fetched(url(), { "accept-encoding": "br" });
    const said = ({ headers }: typeof get) =>
      ["content-length", "content-encoding", "content-type", "cache-control", "etag", "vary"].map(
        (name) => headers[name],
      );
    expect(said(head)).toEqual(said(get));
    expect([head.body.length, get.headers["content-length"]]).toEqual([0, String(get!.body.length)]);
  });

  test("is none of a file that is small, or compressed already", async () => {
    const dir = folder({
      "small.txt": "a".repeat(1000),
      "photo.jpg": randomBytes(5_000),
      "long.txt": "a".repeat(1100),
    });
    const assets = new Assets(dir);
    await assets.compress();
    const codings = (name: string) => [...assets.get(name)!.compressed!.keys()];
    expect([codings("small.txt"), codings("photo.jpg"), codings("long.txt")]).toEqual([[], [], ["br", "gzip"]]);
  });

  test("is compressed once for all sites, and again only where a file has changed", async () => {
    const dir = folder({ "one.txt": "a".repeat(2000), "two.txt": "b".repeat(2000) });
    const before = new Assets(dir);
    await before.compress();
    writeFileSync(join(dir, "two.txt"), "c".repeat(2000));
    const after = new Assets(dir, { before });
    const compressed = (name: string) => [
      after.get(name)!.compressed !== undefined,
      after.get(name) === before.get(name),
    ];
    expect(compressed("one.txt")).toEqual([true, true]);
    expect(compressed("two.txt")).toEqual([false, false]);
    expect(after.get("htmx.js")).toBe(new Assets(folder({})).get("htmx.js"));
  });

  test("is made anew of a file that changes while the server runs", async () => {
    const rules = (name: string) => Array.from({ length: 200 }, (_, i) => `.${name}${i}{order:${i}}`).join("");
    const dir = folder({ "style.css": rules("a"), "favicon.svg": "<svg/>" });
    const changing = await start({ public: dir });
    const old = changing.current.assets.url("style.css");
    writeFileSync(join(dir, "style.css"), rules("b"));
    await eventually(
      () => changing.current.assets.url("style.css"),
      (address) => address !== old,
    );
    const look = () => fetched(changing.url + changing.current.assets.url("style.css"), { "accept-encoding": "br" });
    const { body } = await eventually(look, ({ coding }) => coding === "br");
    expect(brotliDecompressSync(body).toString()).toBe(`${rules("b")}\n`);
    await changing.close();
  });

  test("is sent as it is until it is made, and then no cache keeps it for good", async () => {
    const assets = new Assets(folder({ "long.txt": "a".repeat(2000) }));
    const router = new Router();
    assetsRoutes(router, () => assets);
    const listening = new Koa().use(router.routes()).listen(0, "127.0.0.1");
    await once(listening, "listening");
    const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}${assets.url("long.txt")}`;
    const look = async () => {
      const { coding, headers } = await fetched(url, { "accept-encoding": "br" });
      return [coding, headers["cache-control"]];
    };
    expect(await look()).toEqual([undefined, "no-cache"]);
    await assets.compress();
    expect(await look()).toEqual(["br", "public, max-age=31536000, immutable"]);
    listening.close();
  });
});

describe("a style sheet", () => {
  const css = "/* For whoever edits it. */\n.card {\n  color: red;\n}\n";
  const sent = (assets: Assets, name = "style.css") => assets.get(name)!.bytes.toString();

  test("is sent minified, the author's and the engine's, and in development as it is written", () => {
    const dir = folder({ "style.css": css });
    const [minified, written] = [new Assets(dir), new Assets(dir, { development: true })];
    expect([sent(minified), sent(written)]).toEqual([".card{color:red}\n", css]);
    for (const name of ["signs.css", "brooklet.css", "kit.css", "charts.css", "engine.css"]) {
      expect(sent(minified, name), name).not.toMatch(/\/\*|\n./);
      expect(sent(written, name), name).toMatch(/\{\n {2}/);
    }
  });

  test("is what its server's settings say", async () => {
    const ask = async ({ url, assets }: TestServer) => (await fetch(url + assets.url("brooklet.css"))).text();
    const developing = await start({ config: { development: true } });
    expect(await ask(developing)).toMatch(/^ {2}--ground: /m);
    expect(await ask(server)).toMatch(/\{(?:--[^ ]+;)*--ground:/);
    await developing.close();
  });

  test("has another address when something else is sent, and only then", () => {
    const dir = folder({ "style.css": css });
    const before = new Assets(dir);
    writeFileSync(join(dir, "style.css"), css.replace("edits", "reads"));
    const same = new Assets(dir, { before });
    writeFileSync(join(dir, "style.css"), css.replace("red", "blue"));
    const other = new Assets(dir, { before: same });
    expect(same.url("style.css")).toBe(before.url("style.css"));
    expect(other.url("style.css")).not.toBe(before.url("style.css"));
    expect(sent(other)).toBe(".card{color:#00f}\n");
  });

  test.each(["a { color: red } /* never ends", "a { color red }", "a { color: red", "} a { color: red }"])(
    "with a mistake in it is sent as it is written: %s",
    (mistaken) => {
      expect(sent(new Assets(folder({ "style.css": mistaken })))).toBe(mistaken);
    },
  );
});

test("GET /healthz says that the server is there, and how many streams are open", async () => {
  const response = await fetch(`${server.url}/healthz`);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(await response.json()).toEqual({ ok: true, streams: 0 });
});
