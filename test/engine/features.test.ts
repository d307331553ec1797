import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { chat } from "../../src/chat/feature.ts";
import { readChatSettings } from "../../src/chat/settings.ts";
import { action } from "../../src/engine/actions/action.ts";
import { readSettings } from "../../src/engine/config/settings.ts";
import type { Variables } from "../../src/engine/config/variables.ts";
import { LocalLeases } from "../../src/engine/core/lease.ts";
import { LocalNodes } from "../../src/engine/core/nodes.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import type { Feature } from "../../src/engine/feature.ts";
import { MemoryLog } from "../../src/engine/log/memory.ts";
import { type RunningServer, start as startEngine } from "../../src/engine/start.ts";
import { readMockSettings } from "../../src/mock/settings.ts";
import { FIXTURES } from "../support/folders.ts";
import { settings, start, templates } from "../support/server.ts";
import { problemsOf } from "../support/settings.ts";

let server: Pick<RunningServer, "url" | "stop">;
// Also of one that has stopped.
afterEach(() => server.stop());

const ask = (path: string, init?: RequestInit) => fetch(server.url + path, init);
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

describe("an engine without features", () => {
  test("runs a folder of views that has nothing of the demo's", async () => {
    const dir = mkdtempSync(join(tmpdir(), "brooklet-"));
    for (const folder of ["views/pages", "views/widgets", "public"]) mkdirSync(join(dir, folder), { recursive: true });
    writeFileSync(
      join(dir, "views/layout.eta"),
      "<!doctype html><title><%= title %></title><%~ head() %><%~ body %><%~ stream() %>",
    );
    writeFileSync(join(dir, "views/pages/index.eta"), '<h1>Mine</h1><%~ live("tide") %>');
    writeFileSync(join(dir, "views/widgets/tide.eta"), "<b><%= data.metres %> m</b>");
    for (const name of ["style.css", "favicon.svg"]) writeFileSync(join(dir, "public", name), "");
    const running = await startEngine(settings, {
      folders: { views: join(dir, "views"), public: join(dir, "public") },
    });
    server = running;
    expect(running.url).toBe(`http://localhost:${running.port}`);
    await running.broker.publish([{ topic: parseTopic("tide"), data: { metres: 1.2 } }]);
    expect(await (await ask("/")).text()).toContain("<b>1.2 m</b>");
    expect((await ask("/v1/models")).status).toBe(404);
    expect((await ask("/chat")).status).toBe(404);
  });

  test("says what its operator has to mend, and leaves nothing open", async () => {
    const running = await start();
    server = running;
    const folders = { views: templates({}), public: FIXTURES.public, actions: FIXTURES.actions };
    const log = new MemoryLog();
    const close = vi.spyOn(log, "close");
    const opened = { log, leases: new LocalLeases(), nodes: new LocalNodes(), shared: false, where: "a test's" };
    await expect(
      startEngine({ ...settings, port: running.port }, { folders, log: opened, features: [chat(undefined)] }),
    ).rejects.toThrow(`PORT ${running.port} is in use. Stop what listens there, or set another PORT.`);
    expect(close).toHaveBeenCalledOnce();
  });
});

describe("a feature", () => {
  /** What answers programs below /moon, in a shape of its own. */
  const moon = (calls: string[], create = true): Feature => ({
    name: "moon",
    pages: ["moon"],
    actions: ["moon/rise"],
    create: create
      ? ({ broker }) => ({
          pages: { moon: async (ctx) => ({ phase: ctx.query.phase ?? "full" }) },
          actions: { "moon/rise": action(({ page }) => page.go("/moon?phase=new")) },
          origins: "any",
          routes: (router) =>
            router.get("/moon/phase", (ctx) => {
              ctx.body = { phase: "full", streams: broker.size };
            }),
          errors: {
            path: "/moon",
            format: ({ code }) => ({ headers: { "X-Moon": "1" }, body: { dark: code } }),
          },
          start: () => void calls.push("start"),
          stop: async () => void calls.push("stop"),
        })
      : undefined,
  });
  const page =
    '<p><%= data?.phase %></p><p><%= pages.includes("moon") %></p><form <%~ action("moon/rise") %>><button>Rise</button></form>';
  const views = templates({ "pages/moon.eta": page });

  test("has its routes, its page's data, its actions, its start and its stop", async () => {
    const calls: string[] = [];
    const running = await start({ views, features: [moon(calls)] });
    server = running;
    expect(calls).toEqual(["start"]);
    expect(await (await ask("/moon/phase")).json()).toEqual({ phase: "full", streams: 0 });
    expect(await (await ask("/moon")).text()).toMatch(/<p>full<\/p><p>true<\/p>/);
    const risen = await ask("/actions/moon/rise", { method: "POST", body: new URLSearchParams() });
    expect(await risen.text()).toMatch(/<p>new<\/p>/);
    await running.stop();
    expect(calls).toEqual(["start", "stop"]);
  });

  test("tells errors below its path in its own format, wherever they happen, and nowhere else", async () => {
    server = await start({ views, features: [moon([])] });
    const lost = await ask("/moon/nowhere");
    expect([lost.status, lost.headers.get("x-moon"), await lost.json()]).toEqual([404, "1", { dark: "not_found" }]);
    const long = await ask(`/moon/${"x".repeat(9_000)}`);
    expect([long.status, await long.json()]).toEqual([414, { dark: "url_too_long" }]);
    expect(await codeOf(await ask("/moonlight"))).toBe("not_found");
  });

  test("that cannot stop keeps nobody else from it, and the operator is told", async () => {
    const why = new Error("of the moon's");
    const stuck: Feature = { name: "stuck", create: () => ({ stop: () => Promise.reject(why) }) };
    const running = await start({ features: [stuck] });
    server = running;
    await running.stop();
    expect(running.errors).toEqual([["A feature does not stop as it should.", why]]);
    await expect(ask("/healthz")).rejects.toThrow("fetch failed");
  });

  test("that is off answers nothing", async () => {
    server = await start({ views, features: [moon([], false)] });
    for (const path of ["/moon", "/moon/phase"]) {
      const response = await ask(path);
      expect([response.status, await codeOf(response)]).toEqual([404, "not_found"]);
    }
  });
});

const PREFLIGHT = {
  method: "OPTIONS",
  headers: { origin: "https://elsewhere.example", "access-control-request-method": "POST" },
};

describe("MOCK=off", () => {
  test.each(["/v1", "/v1/models", "/v1/chat/completions"])("leaves nothing at %s, for no origin", async (path) => {
    server = await start({ mock: "off" });
    for (const init of [{}, { method: "POST", body: "{}" }, PREFLIGHT]) {
      const response = await ask(path, init);
      expect([response.status, await codeOf(response)]).toEqual([404, "not_found"]);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});

describe("CHAT=off", () => {
  test("leaves no page and no route", async () => {
    server = await start({ chat: "off" });
    const page = await ask("/chat", { headers: { accept: "text/html" } });
    expect(page.status).toBe(404);
    for (const path of ["/chat", "/chat/draft", "/actions/chat/send", "/actions/chat/stop"]) {
      const response = await ask(path, { method: "POST", body: new URLSearchParams({ text: "hi" }) });
      const code = path.startsWith("/actions/") ? "action_unknown" : "not_found";
      expect([path, response.status, await codeOf(response)]).toEqual([path, 404, code]);
      const preflight = await ask(path, PREFLIGHT);
      expect([path, preflight.headers.get("access-control-allow-origin")]).toEqual([path, null]);
    }
  });
});

test("what is wrong with the settings of features is told with what is wrong with the engine's", async () => {
  server = await start();
  const readAll = (variables: Variables) =>
    [readSettings, readMockSettings, readChatSettings].map((read) => read(variables));
  const env = { PORT: "x", CHAT: "maybe", MOCK_JITTER: "9", MOCK_SED: "1", CHAT_MODLE: "m" };
  expect(problemsOf(readAll, env)).toEqual([
    "MOCK_SED is not a variable of Brooklet. Did you mean MOCK_SEED?",
    "CHAT_MODLE is not a variable of Brooklet. Did you mean CHAT_MODEL?",
    "PORT is not valid. Write a whole number from 0 to 65535, such as PORT=3000.",
    "MOCK_JITTER is not valid. Write a number from 0 to 1, such as MOCK_JITTER=0.3.",
    "CHAT is not valid. Write CHAT=on or CHAT=off.",
  ]);
});
