import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { parseTopic } from "../../../../src/engine/core/topic.ts";

import { figuresIn } from "../../../support/figures.ts";
import { FatefulLog } from "../../../support/log.ts";
import { Raw } from "../../../support/raw.ts";
import { start, type TestServer } from "../../../support/server.ts";

let server: TestServer;
afterEach(() => server.close());

const get = (path: string, headers: Record<string, string> = {}, port = server.port) =>
  fetch(`http://127.0.0.1:${port}${path}`, { headers });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe("GET /metrics", () => {
  test("is not there where neither a port nor a token is set for it", async () => {
    server = await start();
    expect((await get("/metrics")).status).toBe(404);
    expect(server.metricsPort).toBeUndefined();
  });

  test("on the server's own port is for those whose token has the right alone", async () => {
    const hash = (token: string) => createHash("sha256").update(token).digest("hex");
    const path = join(mkdtempSync(join(tmpdir(), "brooklet-")), "tokens.yaml");
    const [seeing, publishing] = ["a-token-that-may-see-figures", "a-token-that-may-publish-only"];
    const entry = (name: string, token: string, right: string) =>
      `${name}: { sha256: ${hash(token)}, rights: [${right}]${right === "publish" ? ', topics: "*"' : ""} }\n`;
    writeFileSync(path, entry("seeing", seeing, "metrics") + entry("publishing", publishing, "publish"), {
      mode: 0o600,
    });
    server = await start({ config: { tokensFile: path } });
    const status = async (headers: Record<string, string>) => (await get("/metrics", headers)).status;
    expect(await Promise.all([{}, bearer("x"), bearer(publishing), bearer(seeing)].map(status))).toEqual([
      401, 401, 403, 200,
    ]);
  });

  test("on a port of its own has each figure as it is counted, in Prometheus' format", async () => {
    server = await start({ config: { metrics: { port: 0, host: "127.0.0.1" } } });
    const reader = new Raw(server.port).send("GET /events?regions=feed HTTP/1.1", "Host: localhost", "", "");
    await reader.until("id: ");
    for (let n = 1; n <= 3; n++) {
      await server.broker.publish([{ topic: parseTopic("feed"), data: { text: `value ${n}` } }]);
      await reader.until(`value ${n}`);
    }
    await get("/publish/nowhere");
    const response = await get("/metrics", {}, server.metricsPort);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const figures = figuresIn(await response.text());
    const { metrics } = server;
    expect(Object.fromEntries(figures)).toMatchObject({
      brooklet_streams: 1,
      brooklet_streams_behind: 0,
      brooklet_publishes_total: 3,
      brooklet_deliveries_total: 3,
      brooklet_stream_bytes_total: metrics.bytes,
      'brooklet_resets_total{reason="no_cursor"}': 1,
      'brooklet_resets_total{reason="log_replaced"}': 0,
      'brooklet_refusals_total{code="method_not_allowed"}': 1,
      brooklet_log_append_seconds_count: 3,
      'brooklet_log_append_seconds_bucket{le="+Inf"}': 3,
      brooklet_log_append_seconds_sum: metrics.appends.sum,
      brooklet_render_seconds_count: metrics.renders.count,
      brooklet_log_reachable: 1,
      'brooklet_event_loop_delay_seconds{quantile="0.99"}': expect.any(Number),
      'brooklet_memory_bytes{kind="resident"}': expect.any(Number),
    });
    reader.socket.destroy();
  });

  test("on a port of its own answers to its own names alone, has the health, and nothing else", async () => {
    server = await start({ config: { metrics: { port: 0, host: "127.0.0.1" }, hosts: ["figures.internal"] } });
    const port = server.metricsPort!;
    const ask = (host: string) =>
      new Raw(port).send("GET /metrics HTTP/1.1", `Host: ${host}`, "Connection: close", "", "").end();
    expect(await ask("rebound.example")).toContain("HTTP/1.1 421 ");
    expect(await ask("figures.internal")).toContain("HTTP/1.1 200 ");
    for (const [path, status] of Object.entries({ "/readyz": 200, "/healthz": 200, "/": 404, "/publish": 404 })) {
      expect([path, (await get(path, {}, port)).status]).toEqual([path, status]);
    }
    await server.close();
    await expect(get("/metrics", {}, port)).rejects.toThrow("fetch failed");
  });
});

describe("GET /readyz", () => {
  const ready = async () => {
    const response = await get("/readyz");
    return [response.status, await response.json()];
  };

  test("is 200 while nothing keeps the server from all that it is for", async () => {
    server = await start();
    expect(await ready()).toEqual([200, { ok: true, failing: [] }]);
  });

  test("names a log that is away, and one that takes nothing any more", async () => {
    const log = new FatefulLog();
    server = await start({ log });
    log.lose();
    expect(await ready()).toEqual([503, { ok: false, failing: ["log"] }]);
    expect((await get("/healthz")).status).toBe(200);
    log.find();
    expect(await ready()).toEqual([200, { ok: true, failing: [] }]);
    log.isBroken = true;
    expect(await ready()).toEqual([503, { ok: false, failing: ["log"] }]);
  });

  test("names a file of tokens that is not as it should be, and no path", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "brooklet-")), "tokens.yaml");
    server = await start({ config: { tokensFile: path } });
    expect(await ready()).toEqual([503, { ok: false, failing: ["tokens"] }]);
  });
});
