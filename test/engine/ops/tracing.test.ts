import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { trace } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { action, every } from "../../../src/brooklet.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { registeredTracer } from "../../../src/engine/ops/tracing.ts";
import { written } from "../../support/documents.ts";
import { put, useLmdb } from "../../support/logs.ts";
import { Program } from "../../support/program.ts";
import { Raw } from "../../support/raw.ts";
import { type Options, start, type TestServer, templates } from "../../support/server.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const CALLER = "b7ad6b7169203331";
const traceparent = `00-${TRACE}-${CALLER}-01`;

const lmdb = useLmdb();
const views = templates({ "widgets/level.eta": "<b><%= data.n.toFixed() %></b>" });
const exporter = new InMemorySpanExporter();
test("no tracer is found where the operator has registered no provider, though the package is there", () => {
  expect(registeredTracer()).toBeUndefined();
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  expect(registeredTracer()).toBeDefined();
});
afterAll(() => trace.disable());

let server: TestServer;
const open = async (options: Options = {}) => {
  server = await start({ log: await lmdb.open(lmdb.folder()), views, ...options });
};
const readers: Raw[] = [];
beforeEach(() => exporter.reset());
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.socket.destroy();
  await server?.close();
});

/** A reader whose stream is open. */
async function read(regions: string): Promise<Raw> {
  const reader = new Raw(server.port).send(`GET /events?regions=${regions} HTTP/1.1`, "Host: localhost", "", "");
  readers.push(reader);
  await reader.until("_here");
  return reader;
}

const publish = (topic: string, data: unknown, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/publish/${topic}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(data),
  });

/** The spans of these names, once there are so many of each. */
async function spans<Name extends string>(counts: Record<Name, number>): Promise<Record<Name, ReadableSpan[]>> {
  const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
  const names = Object.keys(counts) as Name[];
  await expect.poll(() => Object.fromEntries(names.map((name) => [name, named(name).length]))).toEqual(counts);
  return Object.fromEntries(names.map((name) => [name, named(name)])) as Record<Name, ReadableSpan[]>;
}

const idOf = (span: ReadableSpan) => span.spanContext().spanId;
const began = ({ startTime: [s, ns] }: ReadableSpan) => s * 1e9 + ns;
const everything = () =>
  JSON.stringify(
    exporter.getFinishedSpans().map(({ name, attributes, status, events }) => [name, attributes, status, events]),
  );

describe("with a provider, a publish is a trace", () => {
  test("from its traceparent, by the log, to its readers", async () => {
    await open();
    const all = [await read("level/a-name"), await read("level/a-name")];
    expect((await publish("level/a-name", { n: 41 }, { traceparent })).status).toBe(201);
    for (const reader of all) await reader.until("<b>41</b>");
    const {
      "publish level": [request],
      append: [append],
      deliver: [deliver],
    } = await spans({ "publish level": 1, append: 1, deliver: 1 });
    expect(new Set([request, append, deliver].map((span) => span!.spanContext().traceId))).toEqual(new Set([TRACE]));
    expect(request!.parentSpanContext?.spanId).toBe(CALLER);
    expect([append, deliver].map((span) => span!.parentSpanContext?.spanId)).toEqual([idOf(request!), idOf(request!)]);
    expect(began(append!)).toBeGreaterThanOrEqual(began(request!));
    expect(began(deliver!)).toBeGreaterThanOrEqual(began(append!));
    expect(request!.attributes).toEqual({ "brooklet.widget": "level" });
    const event = /^id:.*\ndata:.*<b>41.*\n\n/m.exec(all[0]!.text)![0];
    expect(deliver!.attributes).toEqual({ "brooklet.readers": 2, "brooklet.bytes": 2 * event.length });
    expect(everything()).not.toContain("a-name");
  });

  test("a trace of its own, where no traceparent came, or a broken one", async () => {
    await open();
    await publish("level", { n: 1 });
    await publish("level", { n: 2 }, { traceparent: "00-no" });
    const { "publish level": both } = await spans({ "publish level": 2 });
    expect(both!.map(({ parentSpanContext }) => parentSpanContext)).toEqual([undefined, undefined]);
  });

  test("a removal is told as one", async () => {
    await open();
    await fetch(`${server.url}/publish/feed?item=m7`, { method: "DELETE", headers: { traceparent } });
    const {
      "remove feed": [removal],
    } = await spans({ "remove feed": 1 });
    expect(removal!.parentSpanContext?.spanId).toBe(CALLER);
  });

  test("what an action and a source publish begins a trace of its own", async () => {
    await open({
      actions: { raise: action(({ publish }) => publish("feed", { text: "x" })) },
      sources: { level: every(1e6, () => ({ n: 1 })) },
    });
    const reader = await read("level,feed");
    await reader.until("<b>1</b>");
    await fetch(`${server.url}/actions/raise`, {
      method: "POST",
      headers: { traceparent, "content-type": "application/x-www-form-urlencoded" },
      body: "",
    });
    const {
      "publish level": [ofSource],
      "publish feed": [ofAction],
    } = await spans({ "publish level": 1, "publish feed": 1 });
    expect([ofSource, ofAction].map((span) => span!.parentSpanContext)).toEqual([undefined, undefined]);
    const { deliver } = await spans({ deliver: 2 });
    expect(deliver.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      [ofSource, ofAction].map((span) => idOf(span!)),
    );
  });

  test("many that are sent together are one delivery, with a link to each", async () => {
    await open();
    await read("level");
    const level = parseTopic("level");
    await Promise.all(Array.from({ length: 20 }, (_, n) => server.broker.publish([{ topic: level, data: { n } }])));
    const {
      "publish level": all,
      deliver: [deliver],
    } = await spans({ "publish level": 20, append: 20, deliver: 1 });
    expect(deliver!.parentSpanContext).toBeUndefined();
    expect(deliver!.links.map(({ context }) => context.spanId).sort()).toEqual(all!.map(idOf).sort());
  });

  test("many lines of one request are one append, and each delivery of them is below it", async () => {
    await open();
    await read("feed");
    const body = Array.from({ length: 1_200 }, (_, n) => `{"text":"${n}"}\n`).join("");
    await fetch(`${server.url}/publish/feed`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body,
    });
    const {
      "publish feed": [request],
    } = await spans({ "publish feed": 1, append: 1 });
    const delivered = () => exporter.getFinishedSpans().filter(({ name }) => name === "deliver");
    await expect.poll(() => delivered().length).toBeGreaterThan(0);
    for (const span of delivered()) expect(span.parentSpanContext?.spanId).toBe(idOf(request!));
  });

  test("what another node published is no span here", async () => {
    const log = await lmdb.open(lmdb.folder());
    await open({ log });
    const reader = await read("feed");
    await log.append([put({ text: "from elsewhere" })]);
    await reader.until("from elsewhere");
    await publish("feed", { text: "from here" });
    await spans({ "publish feed": 1, append: 1, deliver: 1 });
  });

  test("one that is refused has the code of its problem, and no word that a stranger made up", async () => {
    await open({ config: { publishToken: "token-of-the-tests" } });
    const authorization = "Bearer token-of-the-tests";
    for (const [topic, data, headers, code] of [
      ["level", {}, { authorization }, "render_failed"],
      ["made-up", 1, { authorization }, "topic_unknown"],
      ["made-up", 1, {}, "token_missing"],
      ["made-up/..", 1, { authorization }, "topic_invalid"],
    ] as const) {
      exporter.reset();
      await publish(topic, data, headers);
      const name = topic === "level" ? "publish level" : "publish";
      const [request] = (await spans({ [name]: 1 }))[name]!;
      expect(request!.attributes["error.type"]).toBe(code);
      expect(request!.status).toEqual({ code: 2, message: code });
      expect(everything()).not.toContain("made-up");
    }
  });
});

describe("the documents' file, as it is pasted", () => {
  class Traced extends Program {
    protected override command = ["--import", "tsx", "--import", "./instrumentation.mjs", "src/index.ts"];
  }

  test("sends the spans of the whole server to a collector", async () => {
    const got: { name: string; traceId: string; parentSpanId?: string }[] = [];
    const services = new Set<string>();
    const collector = createServer(async (req, res) => {
      const { resourceSpans } = JSON.parse(await text(req));
      for (const { resource, scopeSpans } of resourceSpans) {
        for (const { key, value } of resource.attributes) if (key === "service.name") services.add(value.stringValue);
        for (const { spans } of scopeSpans) got.push(...spans);
      }
      res.setHeader("content-type", "application/json").end("{}");
    });
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
    const { port } = collector.address() as AddressInfo;
    const program = new Traced({}, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` } });
    program.write({ "../instrumentation.mjs": written("js") });
    try {
      await program.start();
      const reader = new Raw(program.port).send("GET /events?regions=feed HTTP/1.1", "Host: localhost", "", "");
      readers.push(reader);
      await reader.until("_here");
      await fetch(`${program.origin}/publish/feed`, {
        method: "POST",
        headers: { "content-type": "application/json", traceparent },
        body: '{"text":"hi"}',
      });
      await expect
        .poll(() => got.map(({ name }) => name).sort(), { timeout: 20_000 })
        .toEqual(["append", "deliver", "publish feed"]);
      expect(new Set(got.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
      expect(got.find(({ name }) => name === "publish feed")?.parentSpanId).toBe(CALLER);
      expect([...services]).toEqual(["brooklet"]);
    } finally {
      await program.dispose();
      collector.close();
    }
  });
});
