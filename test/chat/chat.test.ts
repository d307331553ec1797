import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Backend } from "../../src/chat/backend.ts";
import { Chat } from "../../src/chat/chat.ts";
import { CHAT_ENGLISH } from "../../src/chat/words.ts";
import { type Lease, LocalLeases } from "../../src/engine/core/lease.ts";
import { parseItem, parseTopic } from "../../src/engine/core/topic.ts";
import { eventually } from "../support/browser.ts";
import { FIXTURES } from "../support/folders.ts";
import { keep, start, type TestServer, templates } from "../support/server.ts";
import { type Asked, Upstream } from "../support/upstream.ts";
import { Visitor } from "../support/visitor.ts";

let server: TestServer;
let upstream: Upstream;
let visitor: Visitor;
const LIMITS = { firstMs: 400, stallMs: 400, wholeMs: 5_000, length: 1_000 };

/** What the visitor's browser is told to keep of what is typed. */
const draft = async (text: string) => (await visitor.post("/chat/draft", { text })).headers.getSetCookie().join();
const isEmpty = (lines: unknown[]) => lines.length === 0;

beforeEach(async () => {
  upstream = new Upstream();
  server = await start({ chat: { fetch: upstream.fetch, limits: LIMITS, roundMs: 20, leaveMs: 60_000 } });
  visitor = await Visitor.to(server);
});
afterEach(() => server.close());

describe("a message", () => {
  test("is shown and answered, and the form is free again", async () => {
    expect((await visitor.say("What is a brook?")).status).toBe(200);
    const asked = await upstream.nth(1);
    expect(await visitor.turn()).toMatchObject({ state: "answering" });
    asked.say("A **small");
    await visitor.shows("A **small");
    asked.say("** stream.");
    asked.end();
    expect(await visitor.ended()).toEqual({ state: "idle", said: "A small stream." });
    expect(await visitor.lines()).toEqual([{ you: "What is a brook?" }, { text: "A **small** stream." }]);
    expect(server.errors).toEqual([]);
  });

  test("may be typed in a line and in several below it, and is one", async () => {
    const fields = new URLSearchParams([
      ["text", "What is this?"],
      ["text", "a = 1\nb = 2"],
    ]);
    await visitor.press("send", fields);
    expect((await visitor.lines())[0]).toEqual({ you: "What is this?\na = 1\nb = 2" });
  });

  test("is asked with what was said before, the oldest of which is forgotten", async () => {
    for (const [i, text] of [
      "one",
      "x".repeat(8_190),
      "y".repeat(8_190),
      "z".repeat(8_190),
      "w".repeat(8_190),
      "last",
    ].entries()) {
      await visitor.say(text);
      const asked = await upstream.nth(i + 1);
      asked.say(`answer ${i}`);
      asked.end();
      await visitor.ended();
    }
    const { messages } = upstream.asked.at(-1)!;
    expect(messages[0]!.content).not.toBe("one");
    expect(messages.slice(-3)).toEqual([
      { role: "user", content: "w".repeat(8_190) },
      { role: "assistant", content: "answer 4" },
      { role: "user", content: "last" },
    ]);
  });

  test("is refused while one is answered, also where two come at the same moment", async () => {
    const answers = await Promise.all([visitor.say("one"), visitor.say("two"), visitor.say("three")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const refused = await visitor.say("four");
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain("still being answered");
    expect((await visitor.lines()).filter(({ you }) => you !== undefined)).toHaveLength(1);
    expect(upstream.asked).toHaveLength(1);
  });

  test.each([
    ["", 422, "Write something"],
    [" \n\t ", 422, "Write something"],
    ["\0\x01\x1b", 422, "Write something"],
    ["ü".repeat(4_097), 422, "at most 8 KiB"],
    ["x".repeat(300_000), 413, "over 256 KiB"],
  ])("that cannot be one is refused at the form: %.10j", async (text, status, reason) => {
    const response = await visitor.say(text);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(reason);
    expect(await visitor.lines()).toEqual([]);
  });

  test("loses its control characters, and half characters", async () => {
    await visitor.say("a\x1b[31m\0b\r\n\tc");
    expect((await visitor.lines())[0]).toEqual({ you: "a[31mb\n\tc" });
  });

  test("needs the cookie; no id of the body's counts", async () => {
    const response = await fetch(`${server.url}/actions/chat/send`, {
      method: "POST",
      body: new URLSearchParams({ text: "x", id: visitor.id }),
    });
    expect(response.status).toBe(422);
    const foreign = await visitor.press("send", { text: "x" }, { origin: "https://evil.example" });
    expect(foreign.status).toBe(403);
    expect(await visitor.lines()).toEqual([]);
  });

  test("is refused at the form while its address has as many answers under way as it may", async () => {
    await server.close();
    server = await start({ chat: { fetch: upstream.fetch } }); // none of them ends by itself
    visitor = await Visitor.to(server);
    const others = await Promise.all(Array.from({ length: 32 }, () => Visitor.to(server)));
    const answers = await Promise.all(others.map((other) => other.say("hi")));
    expect(answers.map(({ status }) => status)).toEqual(others.map(() => 200));
    const refused = await visitor.say("one too many");
    expect(refused.status).toBe(429);
    expect(await refused.text()).toContain("32 answers under way");
    expect(await visitor.lines()).toEqual([]);
    expect((await others[0]!.say("again")).status).toBe(409); // its own is no other
  });

  test("that is not sent yet is kept by the visitor's own browser, as far as a cookie can hold it", async () => {
    const before = server.broker.cursor();
    expect(await draft("a long thought")).toMatch(
      /^draft=[\w.-]+; path=\/chat; expires=[^;]+; samesite=lax; httponly$/i,
    );
    const cookie = /draft=[\w.-]+/.exec(await draft("</textarea>\nä 🌊"))![0];
    expect(await visitor.page(cookie)).toContain("\n&lt;/textarea&gt;\nä 🌊</textarea>");
    expect(await (await fetch(`${server.url}/chat`, { headers: { cookie } })).text()).toContain("ä 🌊</textarea>");
    expect(await draft("x".repeat(5_000))).toBe("");
    expect(server.broker.cursor()).toBe(before);
  });

  test("is no draft any more once it is sent; what is typed since then is one, whatever becomes of the answer", async () => {
    const kept = async (text: string) => /draft=[\w.-]+/.exec(await draft(text))![0];
    const box = async (cookie: string) => /<textarea[^>]*>\n([^<]*)/.exec(await visitor.page(cookie))![1];
    const first = await kept("What is a br");
    expect(await box(first)).toBe("What is a br");
    await visitor.say("What is a brook?");
    expect(await box(first)).toBe("");
    const next = await kept("And a river?");
    const asked = await upstream.nth(1);
    asked.say("A small stream.");
    asked.end();
    await visitor.ended();
    expect(await box(next)).toBe("And a river?");
    await visitor.press("retry");
    expect(await box(next)).toBe("And a river?");
    await visitor.press("delete");
    await eventually(() => visitor.lines(), isEmpty);
    expect(await box(next)).toBe("And a river?");
    await visitor.say("And a river?");
    expect(await box(next)).toBe("");
    for (const cookie of ["draft=", "draft=x.y", "draft=7-7-7-7.&", `draft=${"7".repeat(3_000)}`]) {
      expect(await box(cookie)).toBe("");
    }
  });

  test("is sent once by a double press, and answered as once", async () => {
    const press = { text: "hi", ...(await visitor.once("send")) };
    const answers = await Promise.all([visitor.press("send", press), visitor.press("send", press)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await visitor.press("send", press)).status).toBe(200);
    expect(await visitor.lines()).toHaveLength(2);
    expect(upstream.asked).toHaveLength(1);
  });

  test("works without htmx", async () => {
    await server.close();
    server = await start({ chat: { fetch: upstream.fetch } }); // the answer does not end by itself, however slow this is
    visitor = await Visitor.to(server);
    const response = await visitor.press("send", { text: "hi" }, { "hx-request": "" });
    expect([response.status, response.headers.get("location")]).toEqual([303, "/chat"]);
    const form = { text: "one more </textarea>", ...(await visitor.once("send")) };
    const refused = await visitor.press("send", form, { "hx-request": "", accept: "text/html" });
    expect([refused.status, await refused.text()]).toEqual([
      409,
      expect.stringMatching(/\none more &lt;\/textarea&gt;<\/textarea>[\s\S]*still being answered/),
    ]);
    expect((await visitor.press("stop", {}, { "hx-request": "" })).status).toBe(303);
    await visitor.ended();
  });

  test("is refused where FORMS=off closes all that visitors do, and so are the buttons", async () => {
    await server.close();
    server = await start({ chat: { fetch: upstream.fetch }, config: { forms: false } });
    visitor = await Visitor.to(server);
    for (const button of ["send", "stop", "retry", "delete"] as const) {
      const refused = await visitor.press(button, { text: "hi" });
      expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining("takes nothing")]);
    }
    expect(await visitor.lines()).toEqual([]);
  });
});

test("what a model thinks before it answers is kept with the answer, and not told to it again", async () => {
  await visitor.say("hi");
  const asked = await upstream.nth(1);
  asked.think("Let me ");
  await eventually(
    () => visitor.lines(),
    ([, line]) => line?.thinking === "",
  );
  asked.think("see.");
  asked.say("42.");
  asked.end();
  await visitor.ended();
  expect(await visitor.lines()).toEqual([{ you: "hi" }, { text: "", thinking: "Let me see." }, { text: "42." }]);
  await visitor.say("And?");
  expect((await upstream.nth(2)).messages).toEqual([
    { role: "user", content: "hi" },
    { role: "assistant", content: "42." },
    { role: "user", content: "And?" },
  ]);
});

test("what a model thought before it was stopped stays, and a thought of nothing leaves nothing", async () => {
  await visitor.say("hi");
  (await upstream.nth(1)).think("Let me see.");
  await eventually(
    () => visitor.lines(),
    ([, line]) => line?.thinking === "",
  );
  await visitor.press("stop");
  await visitor.ended();
  const [hi, ...stopped] = await visitor.lines();
  expect([hi, ...stopped]).toEqual([{ you: "hi" }, { text: "", thinking: "Let me see." }, { note: "Stopped." }]);
  await visitor.say("And?");
  const asked = await upstream.nth(2);
  asked.think("\n");
  asked.say("42.");
  asked.end();
  await visitor.ended();
  expect((await visitor.lines()).slice(3)).toEqual([{ you: "And?" }, { text: "42." }]);
});

describe("in a page that shows thoughts and tools", () => {
  beforeEach(async () => {
    await server.close();
    const shows =
      '---\nkind: log\naccess: page\n---\n<p id="<%= id %>"><%= data.thinking %><%= data.call?.input %><%= data.text %></p>';
    server = await start({ views: templates({ "widgets/chat.eta": shows }), chat: { fetch: upstream.fetch } });
    visitor = await Visitor.to(server);
  });

  test("a thought that makes more HTML than fits is shown in part, and the answer is kept", async () => {
    await visitor.say("hi");
    const asked = await upstream.nth(1);
    asked.think(`"&`.repeat(8_192));
    asked.say("42.");
    asked.end();
    expect(await visitor.ended()).toEqual({ state: "idle", said: "42." });
    expect((await visitor.lines()).slice(1)).toEqual([{ text: "", thinking: `"&`.repeat(4_096) }, { text: "42." }]);
  });

  test("a tool's input that would be megabytes in lines of its own is shown as it came", async () => {
    await visitor.say("hi");
    const asked = await upstream.nth(1);
    const nested = `${"[".repeat(1_900)}${"]".repeat(1_900)}`;
    asked.call("nest", nested);
    asked.end("tool_calls");
    expect((await visitor.ended()).said).toBe("The model asked for a tool, and there is none here.");
    expect((await visitor.lines())[1]).toEqual({ text: "", call: { name: "nest", input: nested } });
  });
});

test("a tool that a model asks for is shown below what it said, and neither run nor told to it again", async () => {
  await visitor.say("hi");
  const asked = await upstream.nth(1);
  asked.say("I shall look.");
  asked.call("weather", '{"city":"Paris"}');
  asked.end("tool_calls");
  await visitor.ended();
  const call = { name: "weather", input: '{\n  "city": "Paris"\n}' };
  const note = "The model asked for a tool, and there is none here.";
  expect((await visitor.lines()).slice(1)).toEqual([
    { text: "I shall look." },
    { text: "", call },
    { note, failed: true },
  ]);
  await visitor.say("And?");
  const [, answer, ...more] = (await upstream.nth(2)).messages;
  expect(answer).toEqual({ role: "assistant", content: "I shall look." });
  expect(more).toEqual([{ role: "user", content: "And?" }]);
});

describe("of several models", () => {
  beforeEach(async () => {
    await server.close();
    server = await start({ chat: { fetch: upstream.fetch, models: ["small", "org/large:1"] } });
    visitor = await Visitor.to(server);
  });
  const asked = async (n: number) => {
    const question = await upstream.nth(n);
    question.say("Well.");
    question.end();
    await visitor.ended();
    return question.model;
  };

  test("the first is asked, or the one that is chosen, which the conversation keeps, also for another try", async () => {
    await visitor.say("one");
    expect(await asked(1)).toBe("small");
    await visitor.press("send", { text: "two", model: "org/large:1" });
    expect(await asked(2)).toBe("org/large:1");
    await visitor.press("retry", {});
    expect(await asked(3)).toBe("org/large:1");
    await visitor.say("three");
    expect(await asked(4)).toBe("org/large:1");
    await visitor.press("send", { text: "four", model: "small" });
    expect(await asked(5)).toBe("small");
  });

  test("none is asked that is not offered, and the visitor is told", async () => {
    const refused = await visitor.press("send", { text: "one", model: "dear" });
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain("Choose one of the models that are offered.");
    expect(await visitor.lines()).toEqual([]);
    expect(upstream.asked).toEqual([]);
  });

  test("one that is offered no longer gives way to the first", async () => {
    const topic = parseTopic(`chat/${visitor.id}`);
    await server.broker.publish([{ topic, item: parseItem("q1"), data: { you: "one", model: "gone" } }]);
    await visitor.say("two");
    expect(await asked(1)).toBe("small");
    expect((await visitor.lines())[1]).toEqual({ you: "two" });
  });
});

test("a question that is written anew replaces what came after it, and is asked with what came before", async () => {
  for (const [i, text] of ["one", "two", "three"].entries()) {
    await visitor.say(text);
    const asked = await upstream.nth(i + 1);
    asked.say(`answer ${text}`);
    asked.end();
    await visitor.ended();
  }
  await visitor.press("send", { text: "2", edited: "2" });
  const asked = await upstream.nth(4);
  expect(asked.messages.map(({ content }) => content)).toEqual(["one", "answer one", "2"]);
  asked.say("4");
  asked.end();
  await visitor.ended();
  expect(await visitor.lines()).toEqual([{ you: "one" }, { text: "answer one" }, { you: "2" }, { text: "4" }]);
  expect((await visitor.press("send", { text: "x", edited: "y" })).status).toBe(422);
});

describe("Stop", () => {
  test("ends the request upstream; what there is of the answer stays, marked", async () => {
    await visitor.say("hi");
    const asked = await upstream.nth(1);
    asked.say("Half an");
    await visitor.shows("Half an");
    expect((await visitor.press("stop")).status).toBe(200);
    await eventually(() => asked.aborted, Boolean);
    expect((await visitor.ended()).state).toBe("idle");
    expect(await visitor.lines()).toEqual([{ you: "hi" }, { text: "Half an" }, { note: "Stopped." }]);
    expect((await visitor.press("stop")).status).toBe(200); // nothing to stop
  });

  test("leaves nothing of an answer that had not begun", async () => {
    await visitor.say("hi");
    await upstream.nth(1);
    await visitor.press("stop");
    await visitor.ended();
    expect(await visitor.lines()).toEqual([{ you: "hi" }, { note: "Stopped." }]);
  });
});

describe("New conversation", () => {
  test("stops the answer and empties the conversation, to which nothing of it comes any more", async () => {
    await visitor.say("hi");
    const asked = await upstream.nth(1);
    asked.say("Half an");
    await visitor.shows("Half an");
    await visitor.press("delete");
    await eventually(
      () => visitor.turn(),
      (turn) => Object.keys(turn).length === 0,
    );
    expect(asked.aborted).toBe(true);
    expect(await visitor.lines()).toEqual([]);
    await visitor.say("again");
    expect((await upstream.nth(2)).messages).toEqual([{ role: "user", content: "again" }]);
  });
});

describe("a failure", () => {
  const error = (status: number) => () =>
    Response.json({ error: { message: "Incorrect API key provided: sk-secret; wrong is s3cret/+." } }, { status });
  const half = (asked: Asked, then: () => void) => {
    asked.say("Half");
    setTimeout(then, 50); // what is in the buffers of a stream that is cut is lost with it
  };
  const html = () => new Response("<h1>It works!</h1>", { headers: { "content-type": "text/html" } });

  test.each<[string, RegExp, (asked: Asked) => void, Upstream["reply"]]>([
    ["401", /does not let this server in \(401\)/, () => {}, error(401)],
    ["404", /does not know this model/, () => {}, error(404)],
    ["429", /asked too much/, () => {}, error(429)],
    ["503", /out of order at the moment \(503\)/, () => {}, error(503)],
    ["no connection", /cannot be reached/, () => {}, () => Promise.reject(new TypeError("fetch failed"))],
    ["HTML", /no answer of a model/, () => {}, html],
    ["no first word", /did not answer in time/, () => {}, undefined],
    ["a stall", /stopped in the middle/, (asked) => asked.say("Half"), undefined],
    ["a cut", /was lost in the middle/, (asked) => half(asked, () => asked.cut()), undefined],
    ["no end", /broke off/, (asked) => half(asked, () => asked.close()), undefined],
    ["no JSON", /no answer of a model/, (asked) => asked.write("data: {nonsense\n\n"), undefined],
    [
      "an error in the stream",
      /broke off with an error/,
      (asked) => asked.write('data: {"error":{"message":"x"}}\n\n'),
      undefined,
    ],
    ["silence", /nothing to say/, (asked) => asked.end(), undefined],
    ["its own limit", /reached its limit/, (asked) => half(asked, () => asked.end("length")), undefined],
    ["no end of words", /too long/, (asked) => asked.say("word ".repeat(250)), undefined],
  ])("by %s is said in the conversation, and can be tried again", async (_, reason, fail, reply) => {
    upstream.reply = reply;
    await visitor.say("hi");
    fail(await upstream.nth(1));
    expect(await visitor.ended()).toMatchObject({ state: "failed", said: expect.stringMatching(reason) });
    expect(await visitor.notes()).toEqual([expect.stringMatching(reason)]);
    expect((await visitor.lines()).some(({ open }) => open === true)).toBe(false);
    upstream.reply = undefined;
    expect((await visitor.press("retry")).status).toBe(200);
    const asked = await upstream.nth(2);
    expect(asked.messages).toEqual([{ role: "user", content: "hi" }]);
    asked.say("Well.");
    asked.end();
    await visitor.ended();
    expect(await visitor.lines()).toEqual([{ you: "hi" }, { text: "Well." }]);
    expect(JSON.stringify([server.errors, await visitor.lines()])).not.toMatch(/sk-secret|s3cret/);
  });

  test("of the template to show a block leaves it as plain text", async () => {
    await server.close();
    const template = readFileSync(join(FIXTURES.views, "widgets/chat.eta"), "utf8");
    const picky = template.replace(
      "<div id",
      '<% if (/Bad/.test(text) && !plain) throw new Error("cannot"); %>\n<div id',
    );
    server = await start({ views: templates({ "widgets/chat.eta": picky }), chat: { fetch: upstream.fetch } });
    visitor = await Visitor.to(server);
    await visitor.say("hi");
    const asked = await upstream.nth(1);
    const texts = ["Good.", "Bad.", "Good again."].map((text) => `${text}${" And so on.".repeat(10)}\n\n`);
    asked.say(texts.join(""));
    asked.end();
    expect((await visitor.ended()).state).toBe("idle");
    const [, ...blocks] = await visitor.lines();
    expect(blocks).toEqual([{ text: texts[0] }, { text: texts[1], plain: true }, { text: texts[2] }]);
  });
});

test("an answer that nobody reads any more is stopped, and one that is read is not", async () => {
  await server.close();
  server = await start({ chat: { fetch: upstream.fetch, roundMs: 20, leaveMs: 300 } });
  visitor = await Visitor.to(server);
  const reader = await Visitor.to(server);
  const stream = await reader.stream();
  await reader.say("hi");
  await visitor.say("hi");
  await upstream.nth(2);
  expect(await visitor.ended()).toMatchObject({ state: "failed", said: expect.stringMatching(/nobody was there/) });
  expect(await reader.turn()).toMatchObject({ state: "answering" });
  await stream.body!.cancel();
  expect(await reader.ended()).toMatchObject({ state: "failed", said: expect.stringMatching(/nobody was there/) });
});

test("a finished answer goes back to the model exactly as the model wrote it", async () => {
  const code = Array.from({ length: 20 }, (_, i) => `   let a${i} = ${i};\n`).join("");
  const text = `\n1. First:\n\n   \`\`\`js\n${code}   \`\`\`\r\n\n\n2. Then *run* it. ${"On and on. ".repeat(10)}\n\nEnd.${" It ends.".repeat(11)}\n\n\n`;
  await visitor.say("hi");
  const asked = await upstream.nth(1);
  for (const part of text.match(/[\s\S]{1,50}/g)!) asked.say(part);
  asked.end();
  await visitor.ended();
  expect((await visitor.lines()).length).toBeGreaterThan(3);
  await visitor.say("again");
  expect((await upstream.nth(2)).messages[1]).toEqual({ role: "assistant", content: text });
});

test("twenty answers at once are each complete, and none has words of another", async () => {
  await server.close();
  server = await start({ chat: { fetch: upstream.fetch } }); // none is given up however long all of them take to begin
  const visitors = await Promise.all(Array.from({ length: 20 }, () => Visitor.to(server)));
  await Promise.all(visitors.map((one, i) => one.say(`visitor ${i}`)));
  await upstream.nth(20);
  for (let word = 0; word < 30; word++) {
    for (const asked of upstream.asked) asked.say(`${asked.messages[0]!.content.split(" ")[1]}.${word} `);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const asked of upstream.asked) asked.end();
  for (const [i, one] of visitors.entries()) {
    expect((await one.ended()).state).toBe("idle");
    const words = Array.from({ length: 30 }, (_, word) => `${i}.${word} `).join("");
    expect(await one.lines()).toEqual([{ you: `visitor ${i}` }, { text: words }]);
  }
});

test("where nobody answers, nothing can be asked", async () => {
  await server.close();
  server = await start({ chat: { answeredBy: "nobody" } });
  const refused = await (await Visitor.to(server)).say("hi");
  expect(refused.status).toBe(503);
  expect(await refused.text()).toContain("no model");
  expect(server.errors).toEqual([]);
});

describe("two nodes", () => {
  /** A second node: the same log, the same leases, a model of its own. */
  let other: Chat;
  let theirs: Upstream;
  let leases: MortalLeases;

  beforeEach(async () => {
    await server.close();
    leases = new MortalLeases();
    theirs = new Upstream();
    server = await start({ leases, chat: { fetch: upstream.fetch, roundMs: 20 } });
    const model = new Backend({ url: "http://theirs.invalid/v1", key: undefined, model: "m", fetch: theirs.fetch });
    other = new Chat({
      broker: server.broker,
      leases,
      models: new Map([["m", model]]),
      words: () => CHAT_ENGLISH,
      report: () => {},
      roundMs: 20,
      bounds: keep,
    });
    visitor = await Visitor.to(server);
  });
  afterEach(() => other.stop());

  test("Stop on one ends the answer that the other gives", async () => {
    await other.send(visitor.id, "hi");
    const asked = await theirs.nth(1);
    asked.say("Half");
    await visitor.shows("Half");
    await visitor.press("stop");
    await eventually(() => asked.aborted, Boolean);
    await visitor.ended();
    expect(await visitor.notes()).toEqual(["Stopped."]);
  });

  test("of two messages at once, on one each, one is answered", async () => {
    const results = await Promise.allSettled([other.send(visitor.id, "there"), visitor.say("here")]);
    const won = [
      results[0].status === "fulfilled",
      (results[1] as PromiseFulfilledResult<Response>).value.status === 200,
    ];
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await visitor.lines()).filter(({ you }) => you !== undefined)).toHaveLength(1);
  });

  test("what a dead one leaves unfinished, the other marks as interrupted", async () => {
    await other.send(visitor.id, "hi");
    const asked = await theirs.nth(1);
    asked.say("Half");
    await visitor.shows("Half");
    await leases.expire(`answer/${visitor.id}`); // as that of a dead one does
    expect(await visitor.ended()).toMatchObject({ state: "failed", said: expect.stringMatching(/went away/) });
    expect(await visitor.lines()).toEqual([
      { you: "hi" },
      { text: "Half", open: false },
      { note: expect.stringMatching(/^Interrupted/), failed: true },
    ]);
  });
});

/** Leases that a test can let run out. */
class MortalLeases extends LocalLeases {
  #taken = new Map<string, Lease>();

  override async take(name: string): Promise<Lease | undefined> {
    const lease = await super.take(name);
    if (lease !== undefined) this.#taken.set(name, lease);
    return lease;
  }

  async expire(name: string): Promise<void> {
    await this.#taken.get(name)!.release();
  }
}
