import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Program } from "../support/program.ts";
import { Raw } from "../support/raw.ts";
import { TestRedis } from "../support/redis.ts";
import { closed, growing, Visitor } from "./visitor.ts";

let redis: TestRedis;
let a: Program;
let b: Program;
let visitor: Visitor;
beforeAll(async () => {
  redis = await TestRedis.start(["--appendonly", "yes", "--appendfsync", "always"]);
  const node = () => new Program({}, { env: { REDIS_URL: redis.url } });
  [a, b] = [node(), node()];
  await Promise.all([a.start(), b.start()]);
}, 60_000);
afterAll(async () => {
  await Promise.all([a.dispose(), b.dispose()]);
  await redis.stop();
});
beforeEach(() => {
  visitor = new Visitor();
});

describe("a conversation on two nodes", () => {
  test("shows on the other what one answers, as it grows", async () => {
    const tab = new Raw(b.port).send(`GET /events?regions=chat/${visitor.id} HTTP/1.1`, "Host: localhost", "", "");
    await tab.until("id: ");
    await visitor.begin(a);
    await tab.until('class="it open"');
    await visitor.press(a, "stop");
    await tab.until("Stopped.");
    tab.socket.destroy();
  });

  test("is stopped from either, and free on both", async () => {
    await visitor.begin(a);
    expect((await visitor.say(b, "Are you done?")).status).toBe(409);
    await visitor.press(b, "stop");
    for (const node of [a, b]) {
      expect(await visitor.sees(node, (html) => html.includes("Stopped."))).toSatisfy(closed);
    }
    expect((await visitor.say(b, "/fast again")).status).toBe(200);
    await visitor.sees(a, (html) => html.includes(">Send</button>") && !html.includes("Answering"));
  });

  test("of two messages at once, one on each, answers one", async () => {
    const answers = await Promise.all([visitor.say(a, "/slow one"), visitor.say(b, "/slow two")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    await visitor.sees(a, growing);
    await visitor.press(a, "stop");
  });

  test("whose node is killed in the middle of an answer says so on the other within ten seconds, and goes on there", async () => {
    await visitor.begin(a);
    await visitor.sees(b, growing);
    await a.stop("SIGKILL");
    const html = await visitor.sees(b, (html) => html.includes("Interrupted"), 10_000);
    expect(html).toSatisfy(closed);
    expect((await visitor.press(b, "retry")).ok).toBe(true);
    await visitor.sees(b, growing);
    await visitor.press(b, "stop");
    await a.start();
  });

  test("whose node stands still and comes back hears no more of it than the other has closed", async () => {
    await visitor.begin(a);
    await visitor.sees(b, growing);
    a.pause();
    await visitor.sees(b, (html) => html.includes("Interrupted"), 10_000);
    const before = await visitor.page(b);
    a.resume();
    await visitor.sees(a, (html) => html.includes("Interrupted"), 10_000);
    expect((await visitor.say(b, "/fast and after that")).status).toBe(200);
    const after = await visitor.sees(b, (html) => html.includes("and after that") && closed(html));
    // What was closed is as it was.
    const answer = (html: string) => /<div[^>]* class="it">[\s\S]*?<\/div>/.exec(html)![0];
    expect(answer(after)).toBe(answer(before));
  });
});
