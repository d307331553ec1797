import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Program } from "../support/program.ts";
import { TestRedis } from "../support/redis.ts";
import { closed, Guest, growing } from "./guest.ts";

let redis: TestRedis;
let a: Program;
let b: Program;
let guest: Guest;
beforeAll(async () => {
  redis = await TestRedis.start(["--appendonly", "yes", "--appendfsync", "always"]);
  const node = () => new Program({}, { env: { LOG_URL: redis.url } });
  [a, b] = [node(), node()];
  await Promise.all([a.start(), b.start()]);
}, 60_000);
afterAll(async () => {
  await Promise.all([a.dispose(), b.dispose()]);
  await redis.stop();
});
beforeEach(async () => {
  guest = await Guest.of(b);
});

describe("a conversation on two nodes", () => {
  test("shows on the other what one answers, as it grows", async () => {
    const tab = guest.open(a);
    await tab.until("id: ");
    await guest.begin(b);
    await tab.until('class="it open"');
    await guest.press(b, "stop");
    await tab.until("Stopped.");
    tab.socket.destroy();
  });

  test("is stopped from either, and free on both", async () => {
    await guest.begin(a);
    expect((await guest.say(b, "Are you done?")).status).toBe(409);
    await guest.press(b, "stop");
    for (const node of [a, b]) {
      expect(await guest.sees(node, (html) => html.includes("Stopped."))).toSatisfy(closed);
    }
    expect((await guest.say(b, "/fast again")).status).toBe(200);
    await guest.sees(a, (html) => html.includes(">Send</button>") && !html.includes("Answering"));
  });

  test("of two messages at once, one on each, answers one", async () => {
    const answers = await Promise.all([guest.say(a, "/slow one"), guest.say(b, "/slow two")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    await guest.sees(a, growing);
    await guest.press(a, "stop");
  });

  test("whose node is killed in the middle of an answer says so on the other within ten seconds, and goes on there", async () => {
    await guest.begin(a);
    await guest.sees(b, growing);
    await a.stop("SIGKILL");
    const html = await guest.sees(b, (html) => html.includes("Interrupted"), 10_000);
    expect(html).toSatisfy(closed);
    expect((await guest.press(b, "retry")).ok).toBe(true);
    await guest.sees(b, growing);
    await guest.press(b, "stop");
    await a.start();
  });

  test("whose node stands still and comes back hears no more of it than the other has closed", async () => {
    await guest.begin(a);
    await guest.sees(b, growing);
    a.pause();
    await guest.sees(b, (html) => html.includes("Interrupted"), 10_000);
    const before = await guest.page(b);
    a.resume();
    await guest.sees(a, (html) => html.includes("Interrupted"), 10_000);
    expect((await guest.say(b, "/fast and after that")).status).toBe(200);
    const after = await guest.sees(b, (html) => html.includes("and after that") && closed(html));
    // What was closed is as it was.
    const answer = (html: string) => /<div[^>]* class="it">[\s\S]*?<\/div>/.exec(html)![0];
    expect(answer(after)).toBe(answer(before));
  });
});
