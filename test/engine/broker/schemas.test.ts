import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chat } from "../../../src/chat/feature.ts";
import { action } from "../../../src/engine/actions/action.ts";
import { parseRegion } from "../../../src/engine/core/region.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { MemoryLog } from "../../../src/engine/log/memory.ts";
import { start as startEngine } from "../../../src/engine/start.ts";
import { FIXTURES } from "../../support/folders.ts";
import { Raw } from "../../support/raw.ts";
import { settings, start, type TestServer, templates } from "../../support/server.ts";

/** Takes numbers, adds a unit to what it gives back, throws at -1, and waits for its answer at -2. */
const SCHEMA = `
const validate = (value: { n?: unknown }) => {
  if (value?.n === -1) throw new Error("not -1");
  if (value?.n === -2) return Promise.resolve({ value });
  if (typeof value?.n === "number") return { value: { ...value, unit: "K" } };
  return { issues: [{ message: "Write a number.", path: ["n"] }] };
};
export default { "~standard": { version: 1, vendor: "test", validate } };
`;
const FILES = {
  "widgets/heat.eta": "<b><%= data.n %> <%= data.more %></b>",
  "widgets/heats.eta": '---\nkind: log\n---\n<li id="<%= id %>"><%= data.n %></li>',
};
const WITH_SCHEMAS = {
  ...FILES,
  "widgets/heat.schema.ts": SCHEMA,
  "widgets/heats.schema.js": SCHEMA.replace(": { n?: unknown }", ""),
};

let server: TestServer;
beforeAll(async () => {
  const actions = {
    warm: action(({ fields, publish }) => publish("heat/room", { n: JSON.parse(fields.n!) })),
    warmer: action(({ update }) => update("heat", (heat) => ({ n: `${heat.n}` }))),
  };
  server = await start({ views: templates(WITH_SCHEMAS), actions, config: { development: true } });
});
afterAll(() => server.close());

const post = (path: string, body: string, type = "application/json") =>
  fetch(`${server.url}/publish/${path}`, { method: "POST", body, headers: { "content-type": type } });
const shown = (name: string, of = server) => of.broker.html(parseRegion(name));
const WRONG = {
  status: 422,
  code: "value_invalid",
  title: "The value does not fit the schema of “heat”.",
  detail: "/n: Write a number.",
  errors: [{ pointer: "/n", detail: "Write a number." }],
};

describe("a value that does not fit the schema beside its widget", () => {
  test("is refused over HTTP, and nothing is kept or shown of it", async () => {
    await post("heat", '{"n":1}');
    const cursor = server.broker.cursor();
    const response = await post("heat", '{"n":"hot"}');
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect([response.status, await response.json()]).toEqual([422, expect.objectContaining(WRONG)]);
    expect(server.broker.cursor()).toBe(cursor);
    expect(await shown("heat")).toContain("<b>1 </b>");
  });

  test("is refused in each topic of the family, and as an item of a list", async () => {
    expect(await (await post("heat/attic/north", "3")).json()).toMatchObject({ code: "value_invalid" });
    expect(await (await post("heats?item=a", "{}")).json()).toMatchObject({ code: "value_invalid" });
    expect((await post("heats?item=a", '{"n":1}')).status).toBe(201);
  });

  test("of several is told with its line, and none of them is kept", async () => {
    const cursor = server.broker.cursor();
    const response = await post("heat", '{"n":2}\n\n{"n":"hot"}', "application/x-ndjson");
    expect(await response.json()).toMatchObject({ ...WRONG, title: `Line 3: ${WRONG.title}` });
    expect(server.broker.cursor()).toBe(cursor);
  });

  test("is refused from an action, by publish() and by update(), and its visitor is told", async () => {
    const press = (name: string, n = "") =>
      fetch(`${server.url}/actions/${name}`, {
        method: "POST",
        body: new URLSearchParams({ n }),
        headers: { accept: "application/json" },
      });
    expect([(await press("warm", '"hot"')).status, (await press("warmer")).status]).toEqual([422, 422]);
    expect(await (await press("warm", '"hot"')).json()).toMatchObject(WRONG);
  });

  test("is refused from a source, whose operator is told, and which goes on", async () => {
    const source = async function* () {
      yield { n: "hot" };
      yield { n: 3 };
      await new Promise(() => {});
    };
    const own = await start({ views: templates(WITH_SCHEMAS), sources: { heat: source } });
    try {
      const page = await fetch(`${own.url}/widgets/heat`).then((response) => response.text());
      expect(page).toContain("heat");
      const reader = new Raw(own.port).send("GET /events?regions=heat HTTP/1.1", "Host: localhost", "", "");
      await reader.until("<b>3 </b>");
      reader.socket.destroy();
      expect(own.errors).toEqual([["source heat: a value was refused", expect.objectContaining(WRONG_ERROR)]]);
    } finally {
      await own.close();
    }
  });
});
const WRONG_ERROR = { code: "value_invalid", detail: "/n: Write a number." };

test("what fits is kept and shown as it was published, digit for digit, whatever the schema makes of it", async () => {
  expect((await post("heat", '{"n":1.50,"more":"so"}')).status).toBe(201);
  expect(await shown("heat")).toContain("<b>1.5 so</b>");
  const { record } = await server.broker.read(parseTopic("heat"));
  expect([...record.values.values()].at(-1)!.json.text).toBe('{"n":1.50,"more":"so"}');
});

test("what was stored before there was a schema is shown as before", async () => {
  const log = new MemoryLog();
  const before = await start({ views: templates(FILES), log });
  await before.broker.publish([{ topic: parseTopic("heat"), data: { n: "hot" } }]);
  await before.close();
  const after = await start({ views: templates(WITH_SCHEMAS), log });
  expect(await shown("heat", after)).toContain("<b>hot </b>");
  await expect(after.broker.publish([{ topic: parseTopic("heat"), data: { n: "hot" } }])).rejects.toMatchObject({
    code: "value_invalid",
  });
  await after.close();
});

describe("a schema that fails", () => {
  test("refuses the value, and the operator is told what it threw", async () => {
    const own = await start({ views: templates(WITH_SCHEMAS) });
    const response = await fetch(`${own.url}/publish/heat`, {
      method: "POST",
      body: '{"n":-1}',
      headers: { "content-type": "application/json" },
    });
    const body = await response.json();
    expect(body).toMatchObject({ status: 422, code: "schema_failed" });
    expect(body.detail).toBeUndefined();
    expect(own.errors).toEqual([expect.objectContaining({ cause: new Error("not -1") })]);
    await own.close();
  });

  test("or answers later is told to its author in the answer", async () => {
    expect(await (await post("heat", '{"n":-1}')).json()).toMatchObject({ detail: "Error: not -1" });
    expect(await (await post("heat", '{"n":-2}')).json()).toMatchObject({
      code: "schema_failed",
      detail: expect.stringContaining("gives its answer later"),
    });
  });
});

test("a schema that is changed while the server runs holds from the next start on, and the operator is told", async () => {
  const views = templates(WITH_SCHEMAS);
  const own = await start({ views });
  writeFileSync(join(views, "widgets/heat.schema.ts"), "throw new Error();");
  const told = "views/widgets/heat.schema.ts was changed. A schema is code: it holds from the next start on.";
  await expect.poll(() => own.errors).toContain(told);
  const publish = (n: unknown) => own.broker.publish([{ topic: parseTopic("heat"), data: { n: n as never } }]);
  await expect(publish("hot")).rejects.toMatchObject({ code: "value_invalid" });
  await publish(1);
  await own.close();
});

describe("a server does not start with", () => {
  const starting = (files: Record<string, string>, more = {}) =>
    startEngine(settings, {
      folders: { ...FIXTURES, views: templates(files), ...more },
      features: [chat(undefined)],
      logger: { report: () => {}, swapped: () => {} },
    });

  test.each([
    [
      "a schema without a template",
      { "widgets/heatt.schema.js": WITH_SCHEMAS["widgets/heats.schema.js"] },
      "views/widgets/heatt.schema.ts: it has no template beside it. Did you mean “heat”?",
    ],
    [
      "a schema that answers later, where a sample shows that",
      {
        "widgets/heat.samples.json": '{"later":{"data":{"n":-2}}}',
        "widgets/heat.schema.js": WITH_SCHEMAS["widgets/heats.schema.js"],
      },
      "views/widgets/heat.schema.ts: The schema gives its answer later",
    ],
  ])("%s", async (_, files, why) => {
    await expect(starting({ ...FILES, ...files })).rejects.toThrow(why);
  });

  test("a schema that its build has left out", async () => {
    const schemas = mkdtempSync(join(tmpdir(), "brooklet-built-"));
    const why = "views/widgets/heat.schema.ts is not in the build. Make it anew: npm run build";
    await expect(starting(WITH_SCHEMAS, { schemas })).rejects.toThrow(why);
  });
});
