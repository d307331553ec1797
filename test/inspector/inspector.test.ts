import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deny } from "../../src/engine/access/authorize.ts";
import { action } from "../../src/engine/actions/action.ts";
import { parseRegion } from "../../src/engine/core/region.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { inspector } from "../../src/inspector/feature.ts";
import { eventually } from "../support/browser.ts";
import { FIXTURES } from "../support/folders.ts";
import { type Options, start, type TestServer, templates } from "../support/server.ts";

let server: TestServer;
afterEach(() => server.close());

const author: Options = { config: { development: true }, features: [inspector(true, { everyMs: 50 })] };
const ask = (path: string, init?: RequestInit) => fetch(server.url + path, init);
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;
const publish = (topic: string, data: unknown) =>
  server.broker.publish([{ topic: parseTopic(topic), data: data as never }]);
const press = (name: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  ask(`/inspector/actions/${name}`, {
    method: "POST",
    headers: { "hx-request": "true", "hx-current-url": `${server.url}/inspector`, ...headers },
    body: new URLSearchParams(fields),
  });

/** Everything that an open page of the inspector is sent: the page, and then what its stream brings. */
class OpenInspector {
  text = "";
  #all = "";
  readonly #gone = new AbortController();

  static async open(): Promise<OpenInspector> {
    const opened = new OpenInspector();
    opened.text = await (await ask("/inspector")).text();
    const address = /sse-connect="([^"]+)"/.exec(opened.text)![1]!.replaceAll("&amp;", "&");
    const stream = await ask(address, { headers: { accept: "text/event-stream" }, signal: opened.#gone.signal });
    expect(stream.status).toBe(200);
    void opened.#read(stream).catch(() => {}); // it is left in the middle
    return opened;
  }

  async has(text: string | RegExp): Promise<void> {
    await eventually(
      () => this.text,
      (all) => (typeof text === "string" ? all.includes(text) : text.test(all)),
    );
  }

  /** Waits for what comes from now on only. */
  forget(): void {
    this.#all += this.text;
    this.text = "";
  }

  /** Everything that it was ever sent. */
  get all(): string {
    return this.#all + this.text;
  }

  close(): void {
    this.#gone.abort();
  }

  async #read(stream: Response): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream.body!) this.text += decoder.decode(bytes, { stream: true });
  }
}

const PATHS = [
  "/inspector",
  "/inspector/events?regions=figures",
  "/inspector/events?regions=figures&as=json",
  "/inspector/stream?_regions=figures",
  "/inspector/favicon.ico",
];
const PRESSES = ["publish", "cut", "refuse", "slow-down", "pause", "resume"];

describe("who may not see it", () => {
  test.each<[string, Options]>([
    ["a server that is not under development", { features: [inspector(true)] }],
    ["one that has it switched off", { config: { development: true }, features: [inspector(false)] }],
  ])("finds nothing there: %s", async (_, options) => {
    server = await start(options);
    const headers = { accept: "application/json, text/event-stream", "hx-request": "true" };
    for (const path of PATHS) {
      const answer = await ask(path, { headers });
      expect([path, answer.status, await codeOf(answer)]).toEqual([path, 404, "not_found"]);
    }
    for (const name of PRESSES) {
      const answer = await press(name, { topic: "feed", json: "1" }, { accept: "application/json" });
      expect([name, answer.status]).toEqual([name, 404]);
    }
    expect(await server.broker.latest(parseTopic("feed"))).toBeUndefined();
  });

  test("is a page of another site: it neither reads nor presses", async () => {
    server = await start(author);
    const foreign: Record<string, string>[] = [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
      { origin: "https://elsewhere.example" },
    ];
    for (const headers of foreign) {
      for (const path of PATHS) expect([path, (await ask(path, { headers })).status]).toEqual([path, 403]);
      for (const name of PRESSES) {
        expect((await press(name, { topic: "feed", json: "1", name: "clock" }, headers)).status).toBe(403);
      }
    }
    const { headers } = await ask("/inspector");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(await server.broker.latest(parseTopic("feed"))).toBeUndefined();
  });
});

describe("its page", () => {
  const secret = "AbCdEfGhIjKlMnOpQrStUv";
  beforeEach(async () => {
    server = await start({
      ...author,
      sources: { clock: async function* () {} },
      actions: {
        fail: action(() => {
          throw new Error("of the author's");
        }),
      },
    });
  });

  test("shows what is published and sent, and what is a visitor's own only as a number", async () => {
    await publish("price", { symbol: "ACME", price: 1, change: 0 });
    const reading = new AbortController();
    const { signal } = reading;
    const headers = { accept: "text/event-stream" };
    await ask("/events?regions=price,feed", { headers, signal });
    const open = await OpenInspector.open();
    expect(open.text).toContain('<th scope="row">price</th><td class="number">1</td>');
    await open.has("<b>1</b>");
    await publish("price", { symbol: "ACME", price: 101.2, change: 0.4 });
    await publish(`own/${secret}`, "mine");
    await open.has("101.2");
    await open.has("hx-partial id=price ");
    await open.has(/\d private topics?, with 0\.\d+ values a second/);
    expect(open.all).not.toContain(secret);
    expect(open.all).not.toContain("mine");
    open.close();
    reading.abort();
  });

  test("is in none of its own figures, in no log, and behind no public address", async () => {
    const before = [server.broker.cursor(), server.metrics.publishes, server.metrics.bytes];
    const open = await OpenInspector.open();
    const other = await OpenInspector.open();
    open.forget();
    await open.has("Streams open");
    await open.has("Streams open");
    expect(server.broker.size).toBe(0);
    expect([server.broker.cursor(), server.metrics.publishes, server.metrics.bytes]).toEqual(before);
    for (const path of ["/topics/figures", "/events?regions=figures&as=json"]) {
      expect(await codeOf(await ask(path))).toBe("topic_unknown");
    }
    const published = await ask("/publish/figures", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "1",
    });
    expect(await codeOf(published)).toBe("topic_unknown");
    open.close();
    other.close();
  });

  test("shows what an action did, and which one its author has to mend", async () => {
    const open = await OpenInspector.open();
    await ask("/actions/fail", { method: "POST", body: new URLSearchParams() });
    await open.has(
      /<th scope="row">fail<\/th><td class="number">0<\/td><td class="number">0<\/td><td class="number bad">1<\/td>/,
    );
    open.close();
  });

  test("publishes what is written there, and says beside the field why something is refused", async () => {
    const taken = await press("publish", { topic: "feed", item: "", json: '{"text":"hello"}' });
    expect(taken.status).toBe(200);
    expect(await server.broker.latest(parseTopic("feed"))).toEqual({ text: "hello" });
    const refused: [string, string, string][] = [
      ["json", "feed", "{"],
      ["json", "feed", ""],
      ["topic", "fed", "1"],
      ["topic", "../etc", "1"],
    ];
    for (const [field, topic, json] of refused) {
      const answer = await press("publish", { topic, item: "", json, _once: "publish.0.AbCdEfGhIjKlMnOpQrStUv" });
      expect([topic, answer.status]).toEqual([topic, 422]);
      const html = await answer.text();
      expect(html).toMatch(new RegExp(`name="${field}"[^>]*aria-invalid="true"`));
    }
  });
});

test("what its author's hook does not let everybody read is a number, too, and what is for pages alone", async () => {
  const denied: Options["authorize"] = ({ topic }) => (topic?.startsWith("price") ? deny() : undefined);
  const views = templates({ "widgets/inside.eta": "---\naccess: page\n---\n<b><%= data %></b>" });
  server = await start({ ...author, views, authorize: denied });
  const open = await OpenInspector.open();
  await publish("price/of-a-customer", { symbol: "SECRET", price: 1, change: 0 });
  await publish("inside", "only for pages");
  await eventually(
    async () => {
      await publish("feed", "for everybody");
      return open.text;
    },
    (text) => /<th scope="row">feed</.test(text),
  );
  open.forget();
  await open.has("values a second");
  open.close();
  expect(open.all).not.toMatch(/of-a-customer|SECRET|only for pages|inside/);
});

describe("its faults", () => {
  test("cut every stream but its own", async () => {
    server = await start(author);
    const open = await OpenInspector.open();
    const stream = await ask("/events?regions=feed", { headers: { accept: "text/event-stream" } });
    const ended = (async () => {
      for await (const _ of stream.body!);
    })();
    expect((await press("cut")).status).toBe(200);
    await ended.catch(() => {}); // a connection that breaks is a failure to some readers, and an end to others
    await open.has("1 stream was cut");
    open.forget();
    await open.has("Streams open");
    open.close();
  });

  test("answer 503 to everything but the inspector, for a while", async () => {
    server = await start({ ...author, features: [inspector(true, { refusingMs: 300 })] });
    await press("refuse");
    for (const path of ["/", "/events?regions=feed", "/healthz", "/inspectors"]) {
      const answer = await ask(path);
      expect([path, answer.status, answer.headers.get("retry-after")]).toEqual([path, 503, "1"]);
    }
    for (const path of PATHS.slice(0, 1)) expect((await ask(path)).status).toBe(200);
    await eventually(
      async () => (await ask("/healthz")).status,
      (status) => status === 200,
    );
  });

  test("make every answer late, and no answer of the inspector's", async () => {
    server = await start({ ...author, features: [inspector(true, { delayMs: 300_000 })] });
    await press("slow-down");
    const late = ask("/healthz", { signal: AbortSignal.timeout(200) });
    await expect(late).rejects.toThrow("timeout");
    expect((await ask("/inspector")).status).toBe(200);
  });

  test("stop a source for all who look, and start it again", async () => {
    let began = 0;
    const clock = async function* ({ signal }: { signal: AbortSignal }) {
      began++;
      yield { time: String(began) };
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    };
    server = await start({ ...author, sources: { clock } });
    const reading = new AbortController();
    await ask("/events?regions=clock", { headers: { accept: "text/event-stream" }, signal: reading.signal });
    const open = await OpenInspector.open();
    await eventually(
      () => began,
      (times) => times === 1,
    );
    await press("pause", { name: "clock" });
    await open.has("stopped here");
    expect(server.sources.isRunning(parseTopic("clock"))).toBe(false);
    await server.broker.html(parseRegion("clock"));
    expect(began).toBe(1);
    await press("resume", { name: "clock" });
    await eventually(
      () => began,
      (times) => times === 2,
    );
    open.close();
    reading.abort();
  });
});

test("it is linked from the gallery and the first page where its author develops, and nowhere else", async () => {
  const empty = mkdtempSync(join(tmpdir(), "brooklet-"));
  cpSync(join(FIXTURES.views, "layout.eta"), join(empty, "layout.eta"));
  for (const [development, linked] of [
    [true, 1],
    [false, 0],
  ] as const) {
    server = await start({ views: empty, chat: "off", config: { development }, features: [inspector(true)] });
    for (const path of ["/", "/widgets"]) {
      const html = await (await ask(path)).text();
      expect([path, html.match(/href="\/inspector"/g)?.length ?? 0]).toEqual([path, linked]);
    }
    if (development) await server.close();
  }
});
