import type { Route } from "./probed.ts";
import type { Random } from "./random.ts";

/** A request before anything is done to it. */
export interface Ask {
  method: string;
  target: string;
  version: string;
  headers: [name: string, value: string][];
  body: string | undefined;
}

const JSON_TYPE: [string, string] = ["Content-Type", "application/json"];
const FORM: [string, string] = ["Content-Type", "application/x-www-form-urlencoded"];
const HTMX: [string, string] = ["HX-Request", "true"];
/** In its place are the cookies of whoever sends it. */
const COOKIE: [string, string] = ["Cookie", ""];

export const ask = (method: string, target: string, headers: Ask["headers"] = [], body?: string): Ask => ({
  method,
  target,
  version: "HTTP/1.1",
  headers,
  body,
});
export const chat = (content: string, more: object = {}) =>
  JSON.stringify({ model: "brooklet-mock", messages: [{ role: "user", content }], ...more });
export const FAST = { mock: { ttft_ms: 0, tokens_per_second: 10_000, jitter: 0 } };

/** What is sent in earnest, by what it costs: together each route at least once. */
const DEAR: readonly Ask[] = [
  ...["/", "/chat", "/own", "/visitor", "/visitor?running=true"].map((page) =>
    ask("GET", page, [["Accept", "text/html"], COOKIE]),
  ),
  ask("GET", "/widgets"),
  ask("GET", "/widgets/price"),
  ask("GET", "/widgets/pirce"),
  ask("GET", "/docs"),
  ask("GET", "/docs/actions"),
  ask("POST", "/v1/chat/completions", [JSON_TYPE, ["Authorization", "Bearer x"]], chat("hi", FAST)),
  ask("POST", "/v1/chat/completions", [JSON_TYPE], chat("/table", { stream: true, max_tokens: 40, ...FAST })),
  ask("POST", "/v1/responses", [JSON_TYPE], JSON.stringify({ model: "brooklet-mock", input: "/code", ...FAST })),
];
const CHEAP: readonly Ask[] = [
  ask("GET", "/healthz"),
  ask("HEAD", "/"),
  ask("OPTIONS", "/publish"),
  ask("OPTIONS", "*"),
  ask("GET", "/favicon.ico"),
  ask("GET", "/assets/0123456789abcdef/style.css"),
  ask("GET", "/nowhere", [["Accept", "text/html"]]),
  ask("POST", "/publish/feed", [JSON_TYPE], '{"text":"hello"}'),
  ask("POST", "/publish/price", [JSON_TYPE, ["Idempotency-Key", "k1"]], '{"price":1}'),
  ask("POST", "/publish/feed?item=m7", [JSON_TYPE], '"again"'),
  ask("POST", "/publish", [["Content-Type", "application/x-ndjson"]], '1\n{"text":"two"}\n[3]\n'),
  ask("POST", "/publish/feed?item=m8", [JSON_TYPE, ["If-Match", '"7f3a-12", W/"x", "y"']], '"changed"'),
  ask("GET", "/topics/feed", [["If-None-Match", '"7f3a-12"']]),
  ask("GET", "/topics/feed?item=m7"),
  ask("DELETE", "/publish/feed?item=m7"),
  ask("DELETE", "/publish/feed/other"),
  ask("POST", "/actions/feed", [FORM, HTMX], "text=hello+there"),
  ask("POST", "/actions/feed", [FORM], "text=+"),
  ask("POST", "/actions/press", [FORM, HTMX], "_widget=press&_regions=press"),
  ask("POST", "/actions/chat/send", [FORM, HTMX, COOKIE], "text=hello"),
  ask("POST", "/actions/chat/stop", [FORM, HTMX, COOKIE], ""),
  ask("POST", "/actions/chat/retry", [FORM, HTMX, COOKIE], ""),
  ask("POST", "/actions/chat/delete", [FORM, HTMX, COOKIE], ""),
  ask("POST", "/actions/own/start", [FORM, HTMX, COOKIE], "_regions=price"),
  ask("POST", "/actions/own/add", [FORM, HTMX, COOKIE], "_regions=price,own/AAAAAAAAAAAAAAAAAAAAAA"),
  ask("GET", "/join?_regions=price&region=own/a1", [HTMX]),
  ask("GET", "/stream?renewal&_regions=feed,chat/AAAAAAAAAAAAAAAAAAAAAA;mwybf870.AAAAAAAAAAAAAAAAAAAAAA.chat", [
    HTMX,
    COOKIE,
  ]),
  ask("GET", "/inspector/assets/0123456789abcdef/style.css"),
  ask("POST", "/inspector/actions/nothing", [FORM, HTMX, COOKIE], ""),
  ask("GET", "/docs/assets/0123456789abcdef/style.css"),
  ask("POST", "/docs/actions/poll", [FORM, HTMX, COOKIE], "choice=tea"),
  ask("GET", "/v1/models"),
  ask("GET", "/v1/models/gpt-4.1"),
];
/** Who sends: with its cookies, and to routes of which nothing is known here. */
export interface Sender {
  readonly cookie: string;
  readonly others: readonly Ask[];
}

/** Most of what comes is cheap, or the proof would be one of how fast pages are. */
export function earnest(random: Random, { cookie, others }: Sender): Ask {
  const isCheap = random.next() < 0.95;
  const share = others.length / (CHEAP.length + others.length);
  const it = random.pick(!isCheap ? DEAR : random.next() < share ? others : CHEAP);
  return { ...it, headers: it.headers.map(([name, value]) => [name, name === "Cookie" ? cookie : value]) };
}

/** Those whose answer has no end of its own, or breaks off. */
export const ENDLESS: readonly Ask[] = [
  ask("GET", "/events?regions=feed,price", [["Accept", "text/event-stream"]]),
  ask("GET", "/events?regions=feed&as=json&cursor=0"),
  ask("GET", "/events?regions=feed,chat/AAAAAAAAAAAAAAAAAAAAAA&seal=mwybf870.AAAAAAAAAAAAAAAAAAAAAA.chat", [COOKIE]),
  ask("GET", "/events?regions=own/a1,clock,counter,updates%3Ffriends%3Dtrue", [["Last-Event-ID", "reset"]]),
  ask("POST", "/v1/chat/completions", [JSON_TYPE], chat("/endless", { stream: true, ...FAST })),
  ask("POST", "/v1/chat/completions", [JSON_TYPE], chat("/endless", { max_tokens: 9007199254740991, ...FAST })),
  ask("POST", "/v1/chat/completions", [JSON_TYPE], chat("/cut", { stream: true, ...FAST })),
  ask("POST", "/v1/responses", [JSON_TYPE], JSON.stringify({ model: "x", input: "/stall", stream: true, ...FAST })),
];

/** Requests for those routes that are not among what is sent in earnest. */
export function othersOf(routes: readonly Route[]): Ask[] {
  const known = [...DEAR, ...CHEAP, ...ENDLESS].map((it) => ({ ...it, path: it.target.split("?", 1)[0]! }));
  const isKnown = ({ pattern, methods }: Route) =>
    known.some(({ method, path }) => new RegExp(pattern).test(path) && methods.includes(method));
  return routes
    .filter((route) => !isKnown(route))
    .map(({ path, pattern, methods }) => {
      if (path === undefined) throw new Error(`Add a request for ${pattern} to test/faults/earnest-requests.ts.`);
      const method = methods.find((name) => name !== "HEAD")!;
      const target = path.replace(/:\w+/g, "x");
      return method === "GET"
        ? ask(method, target, [HTMX, COOKIE])
        : ask(method, target, [FORM, HTMX, COOKIE], "text=x");
    });
}
