import { type Ask, ask, ENDLESS, earnest, type Sender } from "./earnest-requests.ts";
import { BODIES, FRAMING, METHODS, NAMES, ODD, PLAIN, VALUES, VERSIONS } from "./odd-words.ts";
import type { Random } from "./random.ts";

/** Requests that nobody should send, as bytes. The same ones for the same choices. */

type Change = (it: Ask, random: Random) => void;

const PARAMS = ["regions", "region", "as", "item", "cursor", "format", "q"];

/** What leaves a request a request, so that it has an answer. */
const MILD: readonly Change[] = [
  function otherPath(it, random) {
    it.target = spliced(it.target, random, PLAIN);
    if (!it.target.startsWith("/")) it.target = `/${it.target}`;
  },
  function param(it, random) {
    const value = encodeURIComponent(random.pick(ODD));
    it.target += `${it.target.includes("?") ? "&" : "?"}${random.pick(PARAMS)}=${value}`;
  },
  function knownMethod(it, random) {
    it.method = random.pick(METHODS.slice(0, 10));
  },
  function header(it, random) {
    const name = random.pick(NAMES);
    it.headers = it.headers.filter(([other]) => other !== name);
    it.headers.push([name, visible(random.pick(random.next() < 0.5 ? VALUES : ODD))]);
  },
  function cookies(it, random) {
    const all = Array.from({ length: random.from(1, 40) }, () => `${random.pick(ODD)}=${random.pick(ODD)}`);
    it.headers.push(["Cookie", visible(all.join("; ").slice(0, 2_000))]);
  },
  function bodyWithin(it, random) {
    if (it.body !== undefined) it.body = spliced(it.body, random, ODD);
  },
  function otherBody(it, random) {
    if (it.body !== undefined) it.body = random.pick(BODIES);
  },
];

/** What leaves nothing for certain. */
const WILD: readonly Change[] = [
  ...MILD,
  function method(it, random) {
    it.method = random.pick(METHODS);
  },
  function target(it, random) {
    const long = `/${"x".repeat(random.pick([9_000, 17_000]))}`;
    const within = spliced(it.target, random, ODD);
    it.target = random.pick([random.pick(ODD), within, `http://localhost${it.target}`, "*", "", long]);
  },
  function version(it, random) {
    it.version = random.pick(VERSIONS);
  },
  function anyHeader(it, random) {
    const [value, odd] = [random.pick(VALUES), random.pick(ODD)];
    const at = random.from(0, it.headers.length);
    it.headers.splice(at, 0, [random.pick(NAMES), random.pick([value, odd, `${value} ${odd}`, ""])]);
  },
  function framing(it, random) {
    it.headers.push([random.pick(FRAMING), random.pick(VALUES)]);
  },
  function manyHeaders(it, random) {
    for (let i = random.from(50, 2_500); i > 0; i--) it.headers.push([`x${i}`, ""]);
  },
  function chunked(it, random) {
    it.headers.push(["Transfer-Encoding", "chunked"]);
    it.body = chunks(it.body ?? "hello", random);
  },
];

export interface Wild {
  bytes: Buffer;
  /** How many requests that is. */
  requests: number;
}

/** So many requests behind each other, each with an answer, of which the last ends the connection. */
export function pipeline(random: Random, requests: number, sender: Sender): Wild {
  const from = address(random);
  const bytes = Array.from({ length: requests }, (_, i) => {
    const it = random.next() < 0.5 ? nonsense(random) : changed(earnest(random, sender), MILD, random, 2);
    return written(it, [from, ["Connection", i === requests - 1 ? "close" : "keep-alive"]]);
  });
  return { bytes: Buffer.from(bytes.join(""), "latin1"), requests };
}

/** The same with one at their end of which nothing is certain, cut or changed in a few of its bytes. */
export function wildPipeline(random: Random, most: number, sender: Sender): Wild {
  const from = address(random);
  const mild = () => written(changed(earnest(random, sender), MILD, random, 1), [from]);
  const bytes = Array.from({ length: random.from(0, most) }, mild);
  const base = random.next() < 0.2 ? random.pick(ENDLESS) : earnest(random, sender);
  const last = written(changed(base, WILD, random, 3), [from]);
  bytes.push(random.next() < 0.6 ? last : damaged(last, random));
  return { bytes: Buffer.from(bytes.join(""), "latin1"), requests: bytes.length };
}

/** Those that go on, with something behind them or not, for somebody who leaves. */
export function endless(random: Random, sender: Sender): Wild {
  const from = address(random);
  const more = random.from(0, 3);
  const bytes = Array.from({ length: more }, () => written(earnest(random, sender), [from]));
  bytes.splice(random.from(0, more), 0, written(random.pick(ENDLESS), [from]));
  return { bytes: Buffer.from(bytes.join(""), "latin1"), requests: more + 1 };
}

/** What asks for nothing that there is, and is a request all the same. */
function nonsense(random: Random): Ask {
  const path = `/${random.pick(PLAIN)}`;
  const none = random.pick(["http://]/", "http://localhost/", "*", "//a%@b/#", "//x@[::1/#"]);
  const it = ask(random.pick(METHODS.slice(0, 10)), random.next() < 0.2 ? none : path);
  return random.next() < 0.02 ? { ...it, version: random.pick(["HTTP/0.9", "HTTP/2.0"]) } : it;
}

/** Many visitors behind one proxy: what one address may do does not end what the others do. */
function address(random: Random): [string, string] {
  return ["X-Forwarded-For", `198.51.${random.from(0, 99)}.${random.from(1, 254)}`];
}

function changed(base: Ask, by: readonly Change[], random: Random, most: number): Ask {
  const it = { ...base, headers: [...base.headers] };
  for (let times = random.from(0, most); times > 0; times--) random.pick(by)(it, random);
  return it;
}

function written({ method, target, version, headers, body }: Ask, more: Ask["headers"]): string {
  const all = [["Host", "localhost"], ...headers, ...more];
  const framed = all.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name!));
  if (body !== undefined && !framed) all.push(["Content-Length", String(latin1(body).length)]);
  const lines = all.map(([name, value]) => `${name}: ${latin1(value!)}`);
  return `${method} ${latin1(target)} ${version}\r\n${lines.join("\r\n")}\r\n\r\n${latin1(body ?? "")}`;
}

/** Each byte a letter, as the bytes are written. */
function latin1(text: string): string {
  return /[^\0-\xff]/.test(text) ? Buffer.from(text).toString("latin1") : text;
}

function visible(text: string): string {
  return text.replace(/[^ -~]/g, "?");
}

function spliced(text: string, random: Random, odd: readonly string[]): string {
  const at = random.from(0, text.length);
  return text.slice(0, at) + random.pick(odd) + text.slice(Math.min(text.length, at + random.from(0, 3)));
}

function chunks(text: string, random: Random): string {
  const size = random.pick([
    text.length.toString(16),
    "-1",
    "FFFFFFFFFFFFFFFFF",
    "0x5",
    "5;a=b",
    `5;${"x".repeat(20_000)}`,
    "",
    "zz",
  ]);
  const end = random.pick(["0\r\n\r\n", "0\r\nX: y\r\n\r\n", "0\r\nContent-Length: 3\r\n\r\n", "", "\n"]);
  return `${size}\r\n${text}\r\n${end}`;
}

/** Some bytes flipped, taken out, put in, doubled, or all cut short. */
function damaged(text: string, random: Random): string {
  let it = text;
  for (let times = random.from(1, 4); times > 0; times--) {
    const [at, length] = [random.from(0, it.length), random.from(1, 20)];
    const byte = String.fromCharCode(random.from(0, 255));
    it = random.pick([
      it.slice(0, at) + byte + it.slice(at + 1),
      it.slice(0, at) + it.slice(at + length),
      it.slice(0, at) + byte.repeat(length) + it.slice(at),
      it.slice(0, at) + it.slice(at, at + length).repeat(2) + it.slice(at + length),
      it.slice(0, at),
    ]);
  }
  return it;
}
