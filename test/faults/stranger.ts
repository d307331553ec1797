import { Agent, type IncomingHttpHeaders, request } from "node:http";
import type { LoadedPage } from "../support/loaded-page.ts";
import type { Random } from "./random.ts";

/** What a stranger may have come by: everything but the cookies of others. */
export interface Loot {
  /** Pages of others as they were rendered, some long ago, some by a server whose log is another one by now. */
  readonly pages: readonly LoadedPage[];
  /** Pages that the stranger has loaded, with the cookie that it was given. */
  readonly own: readonly LoadedPage[];
  /** Topics that are for pages alone. */
  readonly topics: readonly string[];
  /** Tokens that are no good for reading these. */
  readonly tokens: readonly string[];
}

export interface Attempt {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 50 });

/** A whole event with an id, which a stream that goes on begins with: all that it has to say so far. */
const SAID = /(?:^|\n)id:.*\n(?:data:.*\n)*\n/;

export function ask(port: number, { method, path, headers, body }: Attempt): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent, port, host: "127.0.0.1", method, path, headers }, (response) => {
      let text = "";
      const answer = () => resolve({ status: response.statusCode!, headers: response.headers, text });
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        text += chunk;
        if (!SAID.test(text)) return;
        response.destroy();
        answer();
      });
      response.on("end", answer);
      response.on("error", answer);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** What is more likely to give something away is more often there. */
const WAYS = [
  ...[
    "events",
    "events",
    "events",
    "events",
    "events",
    "events",
    "json",
    "json",
    "stream",
    "stream",
    "stream",
    "stream",
  ],
  ...["join", "join", "topics", "topics", "action", "action", "publish", "gallery"],
] as const;

/** One of all the ways to ask for what is not the stranger's. */
export function attempt(random: Random, loot: Loot): Attempt {
  const topic = random.pick(loot.topics);
  const headers: Record<string, string> = {
    "x-forwarded-for": `10.${[1, 2, 3].map(() => random.from(0, 255)).join(".")}`,
  };
  const cookie = cookieOf(random, loot);
  if (cookie !== "") headers.cookie = cookie;
  if (random.next() < 0.1) headers.authorization = `Bearer ${random.pick(loot.tokens)}`;
  const get = (path: string): Attempt => ({ method: "GET", path, headers });
  const list = encodeURIComponent(listOf(random, loot, topic));
  const [regions = "", seal = ""] = listOf(random, loot, topic).split(";");
  const stream = `/events?regions=${encodeURIComponent(regions)}&seal=${encodeURIComponent(seal)}`;
  switch (random.pick(WAYS)) {
    case "events":
      if (random.next() < 0.3) headers["last-event-id"] = random.pick(["", "reset", "0", "a-b-c-1"]);
      return get(
        stream + random.pick(["", "&cursor=reset", "&cursor=", `&seal=${random.pick(loot.pages).seal}`, "&as=html"]),
      );
    case "json":
      return get(`${stream}&as=json`);
    case "stream":
      headers["hx-request"] = "true";
      return get(`/stream?_regions=${list}&_cursor=${random.pick(["", "reset"])}${random.pick(["", "&renewal"])}`);
    case "join":
      headers["hx-request"] = "true";
      return get(`/join?_regions=${list}&region=${random.pick([topic, encodeURIComponent(`${topic}?`), "outer"])}`);
    case "topics":
      if (random.next() < 0.3) headers["if-none-match"] = random.pick(["*", '"1"']);
      return get(`/topics/${topic}${random.pick(["", "", "?item=a", "/none"])}`);
    case "action":
      headers["hx-request"] = "true";
      headers["content-type"] = "application/x-www-form-urlencoded";
      headers["hx-current-url"] = "http://localhost/others";
      return {
        method: "POST",
        path: `/actions/${random.pick(["later", "nothing"])}`,
        headers,
        body: `_regions=${list}`,
      };
    case "publish":
      headers["content-type"] = "application/json";
      if (random.next() < 0.5) headers["if-match"] = random.pick(["*", '"1"']);
      headers["idempotency-key"] = `key-${random.from(0, 9)}`;
      // Never one that may: the others are what is asked for.
      delete headers.authorization;
      return { method: random.pick(["POST", "DELETE"]), path: `/publish/${topic}`, headers, body: '"x"' };
    default:
      return {
        method: random.pick(["GET", "HEAD"]),
        path: random.pick([`/widgets/${topic.split("/")[0]}`, "/widgets", "/topics"]),
        headers,
      };
  }
}

/** A list with a seal, as one was seen or as it is made up. */
function listOf(random: Random, loot: Loot, topic: string): string {
  const seen = random.pick(random.next() < 0.5 ? loot.pages : loot.own);
  const others = random.pick(random.next() < 0.5 ? loot.pages : loot.own);
  const names = seen.regions.split(",");
  const regions = random.pick([
    () => names,
    () => names.toReversed(),
    () => [...names, topic],
    () => [topic, ...names],
    () => [topic],
    () => [topic, topic],
    () => [`${topic}?`, ...names],
    () => [`${topic}?a=b`],
    () => names.slice(1),
    () => [...others.regions.split(","), ...names],
  ])();
  const seal = random.next() < 0.6 ? seen.seal : random.next() < 0.5 ? others.seal : "";
  return `${regions.join(",")};${bent(random, seal ?? "")}`;
}

/** Often as it is. */
function bent(random: Random, seal: string): string {
  const [end = "", mac = "", page = ""] = seal.split(".");
  return random.pick([
    () => seal,
    () => seal,
    () => seal,
    () => seal.slice(0, random.from(0, seal.length)),
    () => `${(Date.now() + 1e9).toString(36)}.${mac}.${page}`,
    () => `${end}.${mac}.${random.pick(["mine", "others", "%00", ""])}`,
    () => `${end}.${mac.slice(0, -1)}${random.pick(["A", "B", "-"])}.${page}`,
    () => `${end}.${"A".repeat(22)}.${page}`,
    () => `${seal}.${seal}`,
    () => "\u0000é;,&",
  ])();
}

/** None, the stranger's own, one that is made up, or its own with an id that a page has shown. */
function cookieOf(random: Random, loot: Loot): string {
  const { cookie } = random.pick(loot.own);
  const [, signature] = cookie.split("; ");
  return random.pick([
    () => "",
    () => cookie,
    () => cookie,
    () => `visitor=${random.pick(loot.topics).split("/").at(-1)}; ${signature}`,
    () => `visitor=${"x".repeat(24)}; visitor.sig=${"x".repeat(43)}`,
    () => `${cookie}; ${cookie.replaceAll("visitor", "__Host-visitor")}`,
  ])();
}
