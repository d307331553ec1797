import { createParser, type EventSourceMessage } from "eventsource-parser";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseRegion } from "../../../src/engine/core/region.ts";

import { RedisLog } from "../../../src/engine/log/redis/redis-log.ts";
import { jsonText, minified, type SomeJson } from "../../support/json-text.ts";
import { useLmdb } from "../../support/logs.ts";
import { Page } from "../../support/page.ts";
import { TestRedis } from "../../support/redis.ts";
import { start, type TestServer, templates } from "../../support/server.ts";

const SEED = Number(process.env.SEED ?? 20290611);
const RUNS = process.env.LONG ? 20_000 : 400;
const KEEP = 5;
/** Which programs and databases write each in a way of their own. */
const NUMBERS = "[-0,-0.0,1.0,1e21,1e-7,9007199254740993,0.1,0.30000000000000004,5e-324,1.7976931348623157e+308]";
const logs = useLmdb();
/** Tells -0 from 0, which look the same as texts, and which a template may round and compare. */
const spelled = (name: string) => `<%= JSON.stringify(${name}, (_, part) => Object.is(part, -0) ? "-0" : part) %>`;
const views = templates({
  "widgets/value.eta": `---\nhistory: 1\n---\n<pre>${spelled("data")} after ${spelled("history")}</pre>`,
  "widgets/list.eta": `---\nkind: log\nkeep: ${KEEP}\n---\n<li id="<%= id %>">${spelled("data")}</li>`,
});
let redis: TestRedis;
beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(() => redis.stop());

/** Each opens the same log again. */
const KINDS = {
  lmdb: () => {
    const dir = logs.folder();
    return () => logs.open(dir);
  },
  Redis: () => () => RedisLog.open({ url: new URL(redis.url), report: () => {} }),
};

test.each(["lmdb", "Redis"] as const)(
  "any JSON is refused, or shown alike by open pages and fresh ones, and given back to programs digit for digit, of a log of %s",
  { timeout: 600_000 },
  async (kind) => {
    const open = KINDS[kind]();
    let server = await start({ views, log: await open() });
    const opened = server.broker.cursor();
    const page = new Page();
    const events = new Stream(`${server.url}/events?regions=value,list&cursor=${opened}`);
    const program = new Stream(`${server.url}/events?regions=value,list&as=json&cursor=${opened}`);
    for (const topic of ["value", "list"]) page.html.set(topic, await fresh(server, topic));
    const texts = { value: [] as string[], list: [] as string[] };
    let refused = 0;

    const look = async (json: SomeJson, topic: "value" | "list") => {
      const answer = await publish(server, topic, json.text);
      const { id, code } = (await answer.json()) as { id: string; code?: string };
      if (json.refused.length > 0) {
        expect(answer.status).toBe(400);
        expect(json.refused).toContain(code);
        refused++;
        return;
      }
      expect(answer.status).toBe(201);
      texts[topic].push(minified(json.text));
      expect(await program.event(id)).toMatchObject({ event: topic, data: minified(json.text) });
      for (const { data } of await events.until(id)) page.apply(data);
      expect(page.html.get(topic)).toBe(await fresh(server, topic));
    };
    const publishing = fc.asyncProperty(jsonText, fc.constantFrom("value", "list"), look);
    await fc.assert(publishing, { numRuns: RUNS, seed: SEED, endOnFailure: true });
    for (const topic of ["value", "list"] as const) await look({ text: NUMBERS, refused: [] }, topic);

    for (const stream of [events, program]) stream.close();
    await server.close();
    server = await start({ views, log: await open() });
    for (const [topic, html] of page.html) expect(await fresh(server, topic)).toBe(html);
    const late = new Stream(`${server.url}/events?regions=list&as=json`);
    const [reset] = await late.next();
    expect(JSON.parse(reset!.data).values.length).toBe(KEEP);
    expect(reset!.data).toBe(
      `{"values":[${texts.list
        .slice(-KEEP)
        .map((text) => `{"data":${text}}`)
        .join()}]}`,
    );
    late.close();
    await server.close();
    const taken = texts.value.length + texts.list.length;
    console.log(
      `any JSON, in ${kind}, seed ${SEED}: ${taken} taken, ${refused} refused; digits lost 0, open pages unlike fresh ones 0`,
    );
  },
);

function publish(server: TestServer, topic: string, body: string): Promise<Response> {
  return fetch(`${server.url}/publish/${topic}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
}

/** What a fresh page shows of a region. */
function fresh({ broker }: TestServer, topic: string): Promise<string> {
  return broker.html(parseRegion(topic));
}

/** One open stream, and what has come over it. */
class Stream {
  #events: EventSourceMessage[] = [];
  readonly #stop = new AbortController();
  readonly #read: Promise<void>;
  #arrived = () => {};

  constructor(url: string) {
    this.#read = this.#take(url);
    this.#read.catch(() => {}); // whoever waits is told
  }

  /** All that came, up to the event of this id. */
  async until(id: string): Promise<EventSourceMessage[]> {
    while (this.#events.at(-1)?.id !== id) await this.#more();
    return this.#events.splice(0);
  }

  async event(id: string): Promise<EventSourceMessage | undefined> {
    return (await this.until(id)).find((event) => event.id === id);
  }

  async next(): Promise<EventSourceMessage[]> {
    while (this.#events.length === 0) await this.#more();
    return this.#events.splice(0);
  }

  close(): void {
    this.#stop.abort();
  }

  #more(): Promise<void> {
    const arrived = new Promise<void>((resolve) => {
      this.#arrived = resolve;
    });
    return Promise.race([arrived, this.#read.then(() => Promise.reject(new Error("the stream has ended")))]);
  }

  async #take(url: string): Promise<void> {
    const { body } = await fetch(url, { headers: { accept: "text/event-stream" }, signal: this.#stop.signal });
    const parser = createParser({ onEvent: (event) => this.#events.push(event) });
    for await (const text of body!.pipeThrough(new TextDecoderStream())) {
      parser.feed(text);
      this.#arrived();
    }
  }
}
