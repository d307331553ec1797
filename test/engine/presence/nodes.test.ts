import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { readers } from "../../../src/engine/sources/readers.ts";
import { Balancer } from "../../support/balancer.ts";
import { Raw } from "../../support/raw.ts";
import { TestRedis } from "../../support/redis.ts";
import { start, type TestServer, templates } from "../../support/server.ts";

const views = templates({ "widgets/online.eta": "<b><%= data %></b>" });

let redis: TestRedis;
let a: TestServer;
let b: TestServer;
/** Two that ask at short intervals. */
let asking: [TestServer, TestServer];
const open: Raw[] = [];

/** Nobody here answers, so that nobody is asked but where a test is about that. */
async function node({ address = redis.url, askMs = 1e6 } = {}): Promise<TestServer> {
  const log = { kind: "redis", url: new URL(address) } as const;
  return start({ views, askMs, sources: { online: readers("feed") }, config: { log, publishToken: "s3cret" } });
}

beforeAll(async () => {
  redis = await TestRedis.start();
  [a, b] = [await node(), await node()];
  asking = [await node({ askMs: 2_000 }), await node({ askMs: 2_000 })];
}, 60_000);
afterEach(() => {
  for (const raw of open.splice(0)) raw.socket.destroy();
});
afterAll(async () => {
  await Promise.all([a, b, ...asking].map((one) => one.close()));
  await redis.stop();
});

function stream({ port }: { port: number }, query: string): Raw {
  const raw = new Raw(port).send(`GET /events?${query} HTTP/1.1`, "Host: localhost", "", "");
  open.push(raw);
  return raw;
}

/** Resolves once the number has been this. */
async function counted(online: Raw, number: number): Promise<void> {
  await online.until(`\ndata: ${number}\n`);
}

describe("two nodes on one Redis", () => {
  test("ask each other's pages, and take their answers on whichever node a balancer brings them to", async () => {
    const [one, other] = asking;
    const page = stream(one, "regions=feed");
    await page.until("id: ");
    const online = stream(other, "regions=online&as=json");
    const answered = vi.spyOn(one.broker.liveness, "answered");
    const [, id] = /name="_here" value="([^"]+)"/.exec(await page.until("event: here"))!;
    await fetch(`${other.url}/here?_here=${id}`);
    await vi.waitFor(() => expect(answered).toHaveBeenCalledWith(id), { timeout: 10_000 });
    // It gives no second answer.
    await page.end();
    await counted(online, 0);
  });

  test("count pages behind nginx and HAProxy, which bring answers to either", async () => {
    const ports = [asking[0].port, asking[1].port] as const;
    const balancers = await Promise.all((["nginx", "haproxy"] as const).map((kind) => Balancer.start(kind, ports)));
    const online = stream(asking[0], "regions=online&as=json");
    const answered = asking.map(({ broker }) => vi.spyOn(broker.liveness, "answered"));
    const pages = balancers.map((balancer) => stream(balancer, "regions=feed"));
    const ids = pages.map(async (page, i) => {
      const [, id] = /name="_here" value="([^"]+)"/.exec(await page.until("id: "))!;
      page.socket.on("data", (chunk) => {
        const here = `http://127.0.0.1:${balancers[i]!.port}/here?_here=${id}`;
        if (String(chunk).includes("event: here")) void fetch(here);
      });
      return id;
    });
    await counted(online, 2);
    const known = () => answered.flatMap(({ mock }) => mock.calls.flat());
    await expect.poll(known).toEqual(expect.arrayContaining(await Promise.all(ids)));
    online.text = "";
    for (const page of pages) page.socket.destroy();
    await counted(online, 0);
    await Promise.all(balancers.map((balancer) => balancer.stop()));
  });

  test("end a stream whose page says on either that it opens another in its place, so that it does not count twice", async () => {
    const headers = { "HX-Request": "true" };
    for (const { url } of [a, b]) {
      const page = stream(a, "regions=feed");
      const [, id] = /name="_here" value="([^"]+)"/.exec(await page.until("id: "))!;
      const renewed = await fetch(`${url}/stream?renewal&_regions=feed&_here=${id}`, { headers });
      expect([renewed.status, page.socket.closed]).toEqual([200, false]);
      const answer = await fetch(`${url}/stream?_regions=feed&_here=${id}`, { headers });
      expect(await answer.text()).toContain('sse-connect="/events?regions=feed');
      await page.end();
    }
  });

  test("list on each what is looked at on both", async () => {
    await Promise.all(
      [stream(a, "regions=feed"), stream(b, "regions=feed,price"), stream(b, "regions=price&as=json")].map((reader) =>
        reader.until("id: "),
      ),
    );
    const headers = { authorization: "Bearer s3cret" };
    const lists = () => Promise.all([a, b].map(async ({ url }) => (await fetch(`${url}/topics`, { headers })).json()));
    const topics = [
      { topic: "feed", pages: 2, programs: 0, source: false },
      { topic: "price", pages: 1, programs: 1, source: false },
    ];
    // Others may be on their way out.
    await expect.poll(lists).toEqual([{ topics }, { topics }]);
  });

  test("say what to mend where Redis does not let them tell each other anything", async () => {
    await redis.cli("acl", "setuser", "alone", "on", ">pw", "~*", "resetchannels", "+@all");
    const alone = await node({ address: redis.url.replace("//", "//alone:pw@") });
    await vi.waitFor(() => expect(String(alone.errors)).toContain("let the user of LOG_URL PUBLISH and SUBSCRIBE"), {
      timeout: 10_000,
    });
    await alone.close();
    expect(alone.errors.filter((error) => String(error).includes("SUBSCRIBE"))).toHaveLength(1);
  });

  test("go on when Redis is back, and show no wrong number meanwhile", async () => {
    const online = stream(b, "regions=online&as=json");
    const [page] = [stream(a, "regions=feed"), stream(b, "regions=feed")];
    await counted(online, 2);
    online.text = "";
    await redis.restart();
    page!.socket.destroy();
    await counted(online, 1);
    expect(
      [...online.text.matchAll(/\ndata: (\d+)\n/g)].map(([, number]) => number).filter((number) => number !== "2"),
    ).toEqual(["1"]);
  });
});
