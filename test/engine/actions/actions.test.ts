import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ActionContext, action } from "../../../src/engine/actions/action.ts";
import { sentFields } from "../../../src/engine/actions/fields.ts";
import { loadActions } from "../../../src/engine/actions/files.ts";
import { PageChange } from "../../../src/engine/actions/page-change.ts";
import { Presses } from "../../../src/engine/actions/presses.ts";
import { refuse } from "../../../src/engine/actions/refuse.ts";
import { type Press, runAction } from "../../../src/engine/actions/run.ts";
import { Broker } from "../../../src/engine/broker/broker.ts";
import { ownAddress } from "../../../src/engine/core/own-address.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { MemoryLog } from "../../../src/engine/log/memory.ts";
import { renderer } from "../../support/renderer.ts";

const list = parseTopic("list");
const value = parseTopic("value");
let broker: Broker;

beforeEach(async () => {
  broker = await Broker.open({ log: new MemoryLog(), renderer: renderer() });
});
afterEach(() => broker.close());

function press(fields: Record<string, string> | string = {}, id?: string): Press {
  return {
    form: new URLSearchParams(fields),
    id,
    visitor: (name = "visitor") => `id-of-${name}`,
    user: undefined,
    address: "203.0.113.7",
    page: { address: "/list?page=2", query: { page: 2 }, params: {} },
  };
}
const outcomeOf = (made: ReturnType<typeof action>, ...given: Parameters<typeof press>) =>
  runAction(made, press(...given), broker);
/** What it changes on its page. */
const run = async (...given: Parameters<typeof outcomeOf>) => (await outcomeOf(...given)).change;
const seen = (): { context?: ActionContext } => ({});

describe("an action", () => {
  test("that is one line publishes, and changes nothing else on its page", async () => {
    expect(await run(action(({ publish }) => publish("value", 7)))).toBeUndefined();
    expect(await broker.latest(value)).toBe(7);
  });

  test("whose schema fails later fails with that, and nothing is left over that would end the process", async () => {
    const text = z.string().refine(async () => {
      throw new Error("no directory");
    });
    const ask = action({ fields: z.object({ text }), run: () => {} });
    await expect(run(ask, { text: "x" })).rejects.toThrow("no directory");
  });

  test("without a schema is given the first of each field, and none of the engine's own", async () => {
    const got = seen();
    const noted = action((context) => {
      got.context = context;
    });
    await run(noted, "text=a&text=b&_once=0.x&_widget=y&lines=1%0D%0A2&__proto__=z");
    expect(Object.entries(got.context!.fields)).toEqual([
      ["text", "a"],
      ["lines", "1\n2"],
    ]);
    expect(got.context).toMatchObject({
      address: "203.0.113.7",
      page: { address: "/list?page=2", query: { page: 2 }, params: {} },
    });
    expect(got.context!.visitor()).toBe("id-of-visitor");
    expect(got.context!.visitor("chat")).toBe("id-of-chat");
  });

  test("with a schema is given what that makes of the fields, with all values of a name", async () => {
    const got: unknown[] = [];
    const fields = z.object({ count: z.coerce.number(), tag: z.array(z.string()) });
    await run(action({ fields, run: (context) => got.push(context.fields) }), "count=3&tag=a&tag=b&more=x");
    expect(got).toEqual([{ count: 3, tag: ["a", "b"] }]);
  });

  test.each([
    ["fields without a schema", { fields: { name: "string" }, run: () => {} }],
    ["no fields", { run: () => {} }],
    ["no function", { fields: z.object({}) }],
    ["another name", { fields: z.object({}), schema: z.object({}), run: () => {} }],
  ])("with %s is refused when it is made, and not when a visitor presses", (_, given) => {
    expect(() => action(given as never)).toThrow("Write action({ fields, run }): a schema, such as ");
  });

  test("is not run where its schema refuses a field, and each field has one reason", async () => {
    const fields = z.object({ title: z.string().min(3, "Too short.").max(1, "Too long."), text: z.string("Missing.") });
    const never = action({ fields, run: () => expect.unreachable() });
    await expect(run(never, "title=ab")).rejects.toMatchObject({
      status: 422,
      code: "fields_refused",
      fields: { title: "Too short.", text: "Missing." },
    });
  });

  test("is refused as a whole where its schema blames no field", async () => {
    const fields = z.object({ a: z.string(), b: z.string() }).refine(({ a, b }) => a === b, "The two differ.");
    const never = action({ fields, run: () => expect.unreachable() });
    await expect(run(never, "a=1&b=2")).rejects.toMatchObject({
      status: 422,
      code: "action_refused",
      message: "The two differ.",
    });
  });

  test("refuses in words of its own: for all of the form, or for fields", async () => {
    await expect(run(action(() => refuse("Not today.")))).rejects.toMatchObject({ status: 422, message: "Not today." });
    const fields = { day: "That is a Sunday." };
    await expect(run(action(() => refuse(fields)))).rejects.toMatchObject({ status: 422, fields });
  });

  test("changes a topic, or an item, from what it holds", async () => {
    const add = action(({ update }) => update("value", (count = 0) => count + 1));
    await Promise.all(Array.from({ length: 50 }, () => run(add)));
    expect(await broker.latest(value)).toBe(50);
    await run(action(({ publish }) => publish("list", { done: false }, { item: "m7" })));
    await run(action(({ update }) => update("list", "m7", (entry) => ({ ...entry, done: true }))));
    expect(await broker.latest(list)).toEqual({ done: true });
    await run(action(({ remove }) => remove("list", "m7")));
    expect(await broker.latest(list)).toBeUndefined();
    await run(action(({ clear }) => clear("value")));
    expect(await broker.latest(value)).toBeUndefined();
  });

  test("that is to take away what its form did not name is told what is missing", async () => {
    const remove = action(({ fields, remove }) => remove("list", fields.item!));
    for (const fields of ["", "item="]) {
      await expect(run(remove, fields)).rejects.toMatchObject({
        code: "item_invalid",
        message: "This names no item. Publish an item with a name (?item=…) that is to be replaced or removed.",
      });
    }
  });

  test("leads to another page of this server, and nowhere else", async () => {
    const to = (address: string) => run(action(({ page }) => page.go(address)));
    expect((await to("/thanks?for=all"))?.to).toEqual({ kind: "go", address: "/thanks?for=all" });
    expect(ownAddress("/a b", "page.go()")).toBe("/a%20b");
    for (const address of [
      "https://evil.example/",
      "//evil.example",
      "/\\evil.example",
      "thanks",
      "",
      "/\t/evil.example",
      "/.//evil.example",
      "/a/..//evil.example",
    ]) {
      await expect(to(address)).rejects.toThrow(/leads to a path of this server/);
    }
  });

  test("leads back to where its visitor came to log in from, and to the first page where that is not known", async () => {
    const made = action(({ page }) => page.back());
    const from = async (address: string) =>
      (await runAction(made, { ...press(), page: { address, query: {}, params: {} } }, broker)).change?.to;
    expect(await from("/log-in?back=%2Fboard%3Fday%3D1")).toEqual({ kind: "go", address: "/board?day=1" });
    for (const address of ["/log-in", "/log-in?back=%2F%2Fevil.example", "/log-in?back=https%3A%2F%2Fevil.example"])
      expect(await from(address)).toEqual({ kind: "go", address: "/" });
  });

  test("gives a browser texts to keep, and is told of what no browser would keep", async () => {
    const cookies = async (...given: Parameters<ActionContext["setCookie"]>) =>
      (await outcomeOf(action(({ setCookie }) => setCookie(...given)))).cookies;
    expect(await cookies("user", "Ada")).toEqual([{ name: "user", value: "Ada", days: 1 }]);
    expect(await cookies("user", undefined, { days: 30 })).toEqual([{ name: "user", value: undefined, days: 30 }]);
    for (const name of ["", "a b", "a;b", "user.sig", "__Host-user", "ü"])
      await expect(cookies(name, "Ada")).rejects.toThrow("setCookie(): its name is made of");
    await expect(cookies("user", "x".repeat(2_501))).rejects.toThrow("has 2500 bytes at most");
    await expect(cookies("user", 7 as never)).rejects.toThrow("its value is a text");
    for (const days of [0, -1, 401, Number.NaN])
      await expect(cookies("user", "Ada", { days })).rejects.toThrow("400 days at most");
  });

  test("is refused by a change that it did not wait for; one that it caught is its own affair", async () => {
    const forgets = action(({ publish }) => {
      publish("nope", 1);
    });
    await expect(run(forgets)).rejects.toMatchObject({ code: "topic_unknown" });
    const catches = action(async ({ publish }) => {
      await publish("nope", 1).catch(() => {});
      await publish("value", 1);
      publish("value", 2);
    });
    await run(catches);
    expect(await broker.latest(value)).toBe(2);
  });

  test("has a region of its page join the stream", async () => {
    const change = await run(action(({ page }) => page.join("price/ACME", { size: "large" })));
    expect(change).toBeInstanceOf(PageChange);
    expect(change?.to).toMatchObject({ kind: "join", region: { name: "price/ACME?size=large" } });
  });

  test("that runs again for the same press changes nothing again, though what it publishes is not the same", async () => {
    let runs = 0;
    const both = action(async ({ publish, update }) => {
      await publish("list", { run: ++runs });
      await publish("list", { again: runs });
      await update("value", (count) => ((count as number | undefined) ?? 0) + 1);
    });
    await run(both, {}, "the-press");
    await run(both, {}, "the-press");
    expect(runs).toBe(2);
    expect([...(await broker.record(list)).values.values()].map(({ json }) => json.value)).toEqual([
      { run: 1 },
      { again: 1 },
    ]);
    expect(await broker.latest(value)).toBe(1);
    await run(both, {}, "another-press");
    expect(await broker.latest(value)).toBe(2);
  });
});

describe("a press that comes twice", () => {
  test("runs once, while it is under way and afterwards", async () => {
    const presses = new Presses<number>();
    let runs = 0;
    const act = async () => ++runs;
    expect(await Promise.all([presses.once("a", act), presses.once("a", act)])).toEqual([1, 1]);
    expect(await presses.once("a", act)).toBe(1);
    expect(await presses.once("b", act)).toBe(2);
  });

  test("runs again where the first failed, or its time is over", async () => {
    const presses = new Presses<string>();
    await expect(presses.once("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
    expect(await presses.once("a", async () => "taken")).toBe("taken");
    expect(await presses.once("b", async () => "first", 0)).toBe("first");
    expect(await presses.once("b", async () => "second")).toBe("second");
  });

  test("is forgotten once there are very many others", async () => {
    const presses = new Presses<number>();
    for (let i = 0; i <= 10_000; i++) await presses.once(`press ${i}`, async () => i);
    expect(await presses.once("press 0", async () => -1)).toBe(-1);
    expect(await presses.once("press 9999", async () => -1)).toBe(9_999);
  });
});

describe("the files of a folder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "actions-"));
    await mkdir(join(folder, "notes"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const good = "export default { fields: undefined, run() {} };";
  const load = () => loadActions(pathToFileURL(`${folder}/`));

  test("are actions of their path; what begins with “_” is for the others to import", async () => {
    await writeFile(join(folder, "wave.js"), good);
    await writeFile(join(folder, "_words.js"), "export const words = 1;");
    await writeFile(join(folder, "notes/add.js"), good);
    expect([...(await load()).keys()]).toEqual(["notes/add", "wave"]);
  });

  test.each([
    ["no default export", "wave.js", "export const a = 1;", /^src\/actions\/wave\.js: it exports no action\. Write: /],
    [
      "a function that action() was not given",
      "wave.js",
      "export default () => {};",
      /^src\/actions\/wave\.js: it exports no/,
    ],
    [
      "an error of its own",
      "notes/add.js",
      "throw new Error('no token');",
      /^src\/actions\/notes\/add\.js:1: no token\n/,
    ],
    [
      "a name that no address has",
      "My_Wave.js",
      good,
      /^src\/actions\/My_Wave\.js: An action's file is named in lower-case/,
    ],
  ])("%s is an error that names the file", async (_what, file, text, message) => {
    await writeFile(join(folder, file), text);
    await expect(load()).rejects.toThrow(message);
  });
});

test("a form of nothing but names holds nobody up", () => {
  const names = Array.from({ length: 60_000 }, (_, i) => i.toString(36));
  const form = new URLSearchParams(names.map((name) => [name, ""]));
  const before = process.cpuUsage();
  expect(Object.keys(sentFields(form))).toHaveLength(60_000);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(1_000);
});
