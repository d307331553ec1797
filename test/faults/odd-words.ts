import { chat, FAST } from "./earnest-requests.ts";

/** What requests are spoilt with. */

/** Texts that some parser may not like. */
export const ODD: readonly string[] = [
  ..."\0 % %% %00 %2e%2e/ %ff %C0%AF ../ ..\\ // ; ? # @ : ] [ { } < > \" ' ` | ^ ~ * + , = & \\ \t".split(" "),
  ..."\x7f \xa0 \xff __proto__ constructor toString NaN Infinity -1 1e999 9007199254740993 null [] {} [object".split(
    " ",
  ),
  ..."http://]/ //a%@b/# //x@[::1 /%E0%A4%A /events/ /EVENTS /./events a:80@localhost localhost,evil".split(" "),
  ...'reset a-b-c-1 W/"x" bytes=0-1 gzip <%=1%> \u00e2\u0080\u00a8 \xf0\x9f\x98\x80 \xed\xa0\x80 *regions'.split(" "),
  "x".repeat(300),
  "x".repeat(4_000),
  "a/".repeat(200),
  ",".repeat(100),
  "> ".repeat(500),
  "[".repeat(500),
  "%41".repeat(300),
];

/** Those of which a path may be made. */
export const PLAIN: readonly string[] = ODD.filter((odd) => /^[!"$-~]+$/.test(odd));

/** Of these, the first ten are known to every parser. */
export const METHODS: readonly string[] =
  "GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND MKCOL M-SEARCH QUERY get Get CONNECT PRI SOURCE X".split(" ");

/** Those that a parser lets pass stand here more often. */
export const VERSIONS: readonly string[] =
  "HTTP/0.9 HTTP/2.0 HTTP/0.9 HTTP/2.0 HTTP/1.0 HTTP/1.0 HTTP/2 HTTP/1.2 HTTP/3.0 HTTP/1 http/1.1 HTTP/ RTSP/1.0 ICE/1.0".split(
    " ",
  );

export const NAMES: readonly string[] = [
  "Accept Accept-Encoding Accept-Language Authorization Cache-Control Content-Encoding Content-Type Cookie Forwarded",
  "HX-Request HX-Target Idempotency-Key If-Match If-Modified-Since If-None-Match Keep-Alive Last-Event-ID Origin Range",
  "Referer Sec-Fetch-Site Sec-WebSocket-Key User-Agent Via X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto",
  "X-HTTP-Method-Override __proto__ constructor x",
].flatMap((line) => line.split(" "));

/** Those that say where a request ends, whose it is, or what becomes of its connection. */
export const FRAMING: readonly string[] =
  "Host Connection Content-Length Transfer-Encoding Upgrade Expect TE Trailer HTTP2-Settings :authority".split(" ");

export const VALUES: readonly string[] = [
  "chunked|gzip|gzip, chunked|identity|keep-alive|close|upgrade|Upgrade, HTTP2-Settings|h2c|websocket|100-continue|tea",
  "0|-1|+5|5, 5|99999999999999999999|*|*/*|text/html|text/event-stream|application/x-ndjson|null|Bearer|Bearer x|Basic !!",
  "application/json; charset=utf-16|multipart/form-data; boundary=x|https://evil.example|cross-site|same-origin|none",
  'localhost|localhost:99999|[::1]|127.0.0.1|evil.example|1.2.3.4, 5.6.7.8|for=unknown|W/"a", *|Thu, 99 Foo 2099',
].flatMap((line) => line.split("|"));

export const BODIES: readonly string[] = [
  "",
  "null",
  '"\\ud800"',
  '{"__proto__":1}',
  `${'{"a":'.repeat(40)}1${"}".repeat(40)}`,
  "[".repeat(5_000),
  `[${"1,".repeat(12_000)}1]`,
  `"${"x".repeat(70_000)}"`,
  '{"text":1e400}',
  '{"text":"<script>alert(1)</script>\\u0000\\u2028"}',
  "text=%",
  "text=%FF%00&text=2&=&&",
  `text=${"%F0%9F%98%80".repeat(900)}`,
  `text=${encodeURIComponent("> >-\n> [\n".repeat(100))}`,
  "1\n\n2\n{\n",
  "1\n".repeat(500),
  chat("/table"),
  chat("/error 429"),
  chat("/unicode", { stream: true, ...FAST }),
  chat("x", { n: -1, seed: 1e300, stream: "yes", tools: [{}] }),
  JSON.stringify({ model: "brooklet-mock", messages: "x".repeat(2_000), mock: [] }),
];
