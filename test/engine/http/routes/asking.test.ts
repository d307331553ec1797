import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { cookiesOf } from "../../../support/cookies.ts";
import { Raw } from "../../../support/raw.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";

const views = templates({
  "widgets/level.eta": "<b>level <%= data %></b>",
  "widgets/depth.eta": "<b>depth <%= data %></b>",
  "widgets/large.eta": "<b>large <%= 'x'.repeat(60000) %></b>",
  "widgets/own.eta": "---\naccess: page\n---\n<b>own <%= data %></b>",
});
const [level, depth] = ["level", "depth"].map(parseTopic) as [never, never];
let server: TestServer;
beforeAll(async () => {
  server = await start({ views });
  await server.broker.publish([{ topic: level, data: 1 }]);
  await server.broker.publish([{ topic: depth, data: 1 }]);
});
afterAll(() => server.close());

/** What an open page is answered that asks. */
async function ask(sent: Record<string, string>, headers: Record<string, string> = {}, of = server) {
  const query = new URLSearchParams(sent);
  const answer = await fetch(`${of.url}/stream?${query}`, { headers: { "hx-request": "true", ...headers } });
  const html = await answer.text();
  const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1];
  return { status: answer.status, html, cursor: field("_cursor"), asked: field("_asked"), answer };
}

const streamOf = (of: TestServer, ...headers: string[]) =>
  new Raw(of.port).send("GET /events?regions=level HTTP/1.1", "Host: localhost", ...headers, "", "");
const stream = (...headers: string[]) => streamOf(server, ...headers);

describe("an open page that asks", () => {
  test("is sent the regions that have moved since its cursor, and no others", async () => {
    const cursor = server.broker.cursor();
    await server.broker.publish([{ topic: depth, data: 2 }]);
    const { html, cursor: reached } = await ask({ _regions: "level,depth", _cursor: cursor });
    expect(html).toContain("depth 2");
    expect(html).not.toContain("level 1");
    expect(reached).toBe(server.broker.cursor());
    expect((await ask({ _regions: "level,depth", _cursor: reached! })).html).not.toMatch(/<b>/);
  });

  test.each(["", "garbage", "reset"])("is sent all of them where its cursor is “%s”", async (cursor) => {
    const { html } = await ask({ _regions: "level,depth", _cursor: cursor });
    expect(html).toMatch(/level 1.*depth/s);
  });

  test("is sent what is too much for one answer by the next ones, each region once", async () => {
    const topics = Array.from({ length: 40 }, (_, n) => parseTopic(`large/${n}`));
    for (const topic of topics) await server.broker.publish([{ topic, data: 1 }]);
    const _regions = topics.join(",");
    const answers: number[] = [];
    for (let cursor = ""; cursor !== server.broker.cursor(); ) {
      const { html, cursor: reached } = await ask({ _regions, _cursor: cursor });
      answers.push(html.split("<b>large").length - 1);
      cursor = reached!;
    }
    expect(answers).toEqual([18, 18, 4]);
  });

  test("is given its stream at the first question, and then at each third", async () => {
    const _cursor = server.broker.cursor();
    const opens: boolean[] = [];
    let asked: string | undefined;
    for (let n = 0; n < 7; n++) {
      const answer = await ask({ _regions: "level", _cursor, ...(asked !== undefined && { _asked: asked }) });
      asked = answer.asked;
      opens.push(answer.html.includes("sse-connect"));
    }
    expect(asked).toBe("7");
    expect(opens).toEqual([true, false, false, true, false, false, true]);
  });

  test("asks no more once all its topics have ended", async () => {
    const done = parseTopic("level/done");
    await server.broker.publish([{ topic: done, data: 9 }]);
    await server.broker.end(done);
    const { html, asked } = await ask({ _regions: "level/done", _cursor: "" });
    expect(html).toContain("level 9");
    expect(asked).toBeUndefined();
    expect(html).not.toContain("beat");
  });

  test("gets nothing that it was not sealed for, and is told so", async () => {
    await server.broker.publish([{ topic: parseTopic("own"), data: "a secret" }]);
    const { html } = await ask({ _regions: "own,level", _cursor: "" });
    expect(html).not.toContain("a secret");
    expect(html).toMatch(/id=own.*may not be shown here any more.*level 1/s);
    const list = /name="_regions" value="([^"]*)"/.exec(html)![1];
    expect(list).toBe("level");
  });
});

/** A page's stream, as its browser asks for the first one. */
const pageStream = (of: TestServer) =>
  fetch(`${of.url}/events?regions=level`, { headers: { Referer: `${of.url}/level` } });

describe("streams of one visitor", () => {
  test.each([
    ["over HTTP/1.1 four are open, and a fifth has its page ask", [], "Every 5 s"],
    [
      "of whom a proxy says HTTP/1.1 likewise",
      ["X-Forwarded-For: 192.0.2.1", "X-Forwarded-Http-Version: HTTP/1.1"],
      "Every 5 s",
    ],
    [
      "of whom a proxy says HTTP/2 are not counted",
      ["X-Forwarded-For: 192.0.2.1", "X-Forwarded-Http-Version: HTTP/2.0"],
      "_here",
    ],
    ["of whom a proxy says nothing are not counted", ["X-Forwarded-For: 192.0.2.1"], "_here"],
  ])("%s", async (_, headers, fifth) => {
    const given = await pageStream(server);
    const cookie = `Cookie: ${cookiesOf(given)}`;
    const first = [0, 1, 2, 3].map(() => stream(cookie, ...headers));
    await given.body!.cancel();
    for (const raw of first) await raw.until("_here");
    const last = stream(cookie, ...headers);
    await last.until(fifth);
    for (const raw of [...first, last]) raw.socket.destroy();
    await expect.poll(() => server.broker.size).toBe(0);
  });

  test("are those of pages, who are given a cookie for it once: a program keeps none", async () => {
    const program = await fetch(`${server.url}/events?regions=level`);
    const page = await pageStream(server);
    expect([program, page].map(({ headers }) => headers.getSetCookie().length)).toEqual([0, 2]);
    const again = stream("Referer: http://localhost/level", `Cookie: ${cookiesOf(page)}`);
    expect(await again.until("_here")).not.toMatch(/^set-cookie/im);
    for (const { body } of [program, page]) await body!.cancel();
    again.socket.destroy();
    await expect.poll(() => server.broker.size).toBe(0);
  });

  test("are counted for their address together with pages that only ask, whatever ids those make up", async () => {
    const narrow = await start({ views, streams: { ofAddress: 5 } });
    const given = await pageStream(narrow);
    const cookie = cookiesOf(given);
    await given.body!.cancel();
    const via = { "x-forwarded-for": "192.0.2.1", "x-forwarded-http-version": "HTTP/1.1" };
    const headers = Object.entries({ ...via, cookie }).map(([name, value]) => `${name}: ${value}`);
    const four = [0, 1, 2, 3].map(() => streamOf(narrow, ...headers));
    for (const raw of four) await raw.until("_here");
    const asks = (sent: Record<string, string>) =>
      ask({ _regions: "level", _cursor: "", ...sent }, { ...via, cookie }, narrow);
    const fifth = await asks({ _asked: "tabs", _here: "made-up" });
    expect(fifth.asked).toBe("tabs");
    const [, id] = /name="_here" value="([^"]+)"/.exec(fifth.html)!;
    const sixth = await asks({ _asked: "tabs", _here: "made-up-too" });
    expect([sixth.asked, sixth.html.includes("sse-connect")]).toEqual([undefined, true]);
    expect(narrow.broker.readers.of(level).pages).toBe(5);
    await asks({ _here: id! });
    expect((await asks({ _asked: "tabs" })).asked).toBe("tabs");
    for (const raw of four) raw.socket.destroy();
    await narrow.close();
  });

  test("leave a place again as soon as a page opens another one, though the old socket stays", async () => {
    const given = await pageStream(server);
    const cookie = cookiesOf(given);
    await given.body!.cancel();
    await expect.poll(() => server.broker.size).toBe(0);
    const four = [0, 1, 2, 3].map(() => stream(`Cookie: ${cookie}`));
    for (const raw of four) await raw.until("_here");
    const here = async () => (await ask({ _regions: "level", _cursor: "", _asked: "tabs" }, { cookie })).asked;
    expect(await here()).toBe("tabs");
    const [, id] = /name="_here" value="([^"]+)"/.exec(four[0]!.text)!;
    await ask({ _regions: "level", _cursor: "", _here: id! }, { cookie });
    expect(await here()).toBe("1");
    for (const raw of four) raw.socket.destroy();
  });
});
