import {
  baseUrl,
  decimal,
  each,
  isLoopback,
  Mend,
  misspelt,
  onOrOff,
  origin,
  plainHost,
  proxies,
  redisUrl,
  visible,
  wholeNumber,
} from "./variable.ts";

/** Where the log is: in a folder of this node's own, as long as its process, or on a Redis that many nodes share. */
export type LogPlace =
  | { readonly kind: "lmdb"; readonly dir: string }
  | { readonly kind: "memory" }
  | { readonly kind: "redis"; readonly url: URL };

type Environment = Readonly<Record<string, string | undefined>>;

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Names that are answered besides loopback names and literal IPs. */
  readonly hosts: readonly string[];
  /** Without one, everybody who reaches this server may publish. */
  readonly publishToken: string | undefined;
  /** Keys the cookies and the ids of visitors. Without one, the log's own does. */
  readonly secret: string | undefined;
  /** Whose word on who asks is taken: proxies at these addresses, or as many as stand in front. */
  readonly trustProxy: readonly string[] | number;
  /** Whether the gallery shows each widget's template. */
  readonly showSource: boolean;
  readonly corsOrigins: readonly string[];
  /** Whether what visitors send from the pages' forms is taken. */
  readonly forms: boolean;
  readonly log: LogPlace;
  /** Where Redis is that sources read. */
  readonly redisUrl: URL | undefined;
  /** Paths of PEM files. Without them, plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly drainSeconds: number;
  /** Who answers in the chat. Without a URL, this process itself. */
  readonly openai: { readonly url: string | undefined; readonly key: string | undefined; readonly model: string };
  /** What the chat waits for, and how long an answer may be (chat/patience.ts). */
  readonly chat: {
    readonly firstMs: number;
    readonly stallMs: number;
    readonly wholeMs: number;
    readonly length: number;
  };
  readonly production: boolean;
  /** Whether whoever sees its pages is their author: started by `npm run dev`, on loopback, under no name of its own. */
  readonly development: boolean;
  /** Whether there is a mock of OpenAI's API, and how it answers (mock/pace.ts). */
  readonly mock: {
    readonly on: boolean;
    readonly ttftMs: number;
    readonly tokensPerSecond: number;
    readonly jitter: number;
    readonly seed: number | undefined;
  };
}

/** Every variable that is wrong, each with its fix, so that one start shows all that is to be mended. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

const NAMES = [
  "PORT",
  "HOST",
  "HOSTS",
  "PUBLISH_TOKEN",
  "PUBLISH",
  "SECRET",
  "TRUST_PROXY",
  "SHOW_SOURCE",
  "CORS_ORIGINS",
  "FORMS",
  "LOG_URL",
  "REDIS_URL",
  "DATA_DIR",
  "TLS_CERT",
  "TLS_KEY",
  "DRAIN_SECONDS",
  "MOCK",
  "MOCK_TTFT_MS",
  "MOCK_TOKENS_PER_SECOND",
  "MOCK_JITTER",
  "MOCK_SEED",
  "CHAT_FIRST_SECONDS",
  "CHAT_STALL_SECONDS",
  "CHAT_WHOLE_SECONDS",
  "CHAT_LENGTH",
  "OPENAI_BASE_URL",
  "OPENAI_API_KEY",
  "CHAT_MODEL",
] as const;
type Name = (typeof NAMES)[number];

/** Shorter ones can be found by trying, since a visitor's cookie tells when one is right. */
const LEAST_SECRET = 32;
const VISIBLE = "Write visible ASCII characters without spaces, as it must fit in a header.";

const NO_FOLDER = "Write a folder. For a log in memory, set LOG_URL=memory: instead.";
const NO_LOG =
  "Write redis://host:port for a log that many nodes share, memory: for one that ends with the process, " +
  "or leave it out for one in DATA_DIR.";
const seconds = (name: string, usual: number) => `Write seconds from 1 to 3600, such as ${name}=${usual}.`;

/** @throws ConfigError */
export function readConfig(env: Environment): Config {
  const problems = misspelt(env, NAMES);

  /** The value that `parse` makes of a variable, or `fallback` where it is unset. An empty one is unset. */
  function read<T>(name: Name, fallback: T, fix: string, parse: (text: string) => T | Mend | undefined): T {
    const text = env[name]?.trim();
    if (text === undefined || text === "") return fallback;
    const value = parse(text);
    if (value !== undefined && !(value instanceof Mend)) return value;
    problems.push(`${name} is not valid. ${value instanceof Mend ? value.text : fix}`);
    return fallback;
  }

  // An empty token is no token, and whoever wrote the line did not mean that everybody may publish.
  if (env.PUBLISH_TOKEN?.trim() === "") problems.push("PUBLISH_TOKEN is empty. Give it a value, or leave it out.");

  const cert = read<string | undefined>("TLS_CERT", undefined, "", (path) => path);
  const key = read<string | undefined>("TLS_KEY", undefined, "", (path) => path);
  if (cert !== undefined && key === undefined) problems.push("TLS_KEY is missing. Set it too, or leave TLS_CERT out.");
  if (key !== undefined && cert === undefined) problems.push("TLS_CERT is missing. Set it too, or leave TLS_KEY out.");

  const dir = read("DATA_DIR", ".brooklet", NO_FOLDER, (text) => (text === "memory" ? undefined : text));
  const log = read<LogPlace>("LOG_URL", { kind: "lmdb", dir }, NO_LOG, logPlace);
  const production = env.NODE_ENV === "production";
  const config: Config = {
    port: read("PORT", 3000, "Write a whole number from 0 to 65535, such as PORT=3000.", wholeNumber(65_535)),
    host: read("HOST", "127.0.0.1", "Write one address to listen on, such as HOST=0.0.0.0.", plainHost),
    hosts: read("HOSTS", [], "Write names without scheme or port, such as HOSTS=example.com,www.example.com.", (text) =>
      each(text, (name) => (/^[a-z0-9.-]+$/i.test(name) ? name.toLowerCase() : undefined)),
    ),
    publishToken: read<string | undefined>("PUBLISH_TOKEN", undefined, VISIBLE, visible),
    secret: read<string | undefined>(
      "SECRET",
      undefined,
      `Write at least ${LEAST_SECRET} characters, such as what openssl rand -hex 32 prints.`,
      (text) => (text.length < LEAST_SECRET ? undefined : text),
    ),
    trustProxy: read<readonly string[] | number>(
      "TRUST_PROXY",
      ["loopback"],
      "Write addresses, such as TRUST_PROXY=loopback,10.0.0.0/8, or how many proxies there are, such as TRUST_PROXY=1.",
      proxies,
    ),
    showSource: read("SHOW_SOURCE", !production, "Write SHOW_SOURCE=on or SHOW_SOURCE=off.", onOrOff),
    corsOrigins: read(
      "CORS_ORIGINS",
      [],
      "Write origins without a path, such as CORS_ORIGINS=https://example.com.",
      (text) => each(text, origin),
    ),
    forms: read("FORMS", true, "Write FORMS=off, or leave it out.", onOrOff),
    log,
    redisUrl: read<URL | undefined>("REDIS_URL", log.kind === "redis" ? log.url : undefined, "", redisUrl),
    tls: cert !== undefined && key !== undefined ? { cert, key } : undefined,
    drainSeconds: read("DRAIN_SECONDS", 10, "Write seconds from 0 to 600, such as DRAIN_SECONDS=10.", decimal(0, 600)),
    openai: {
      url: read<string | undefined>(
        "OPENAI_BASE_URL",
        undefined,
        "Write one such as https://api.openai.com/v1.",
        baseUrl,
      ),
      key: read<string | undefined>("OPENAI_API_KEY", undefined, VISIBLE, visible),
      model: read("CHAT_MODEL", "brooklet-mock", "Write the name of a model.", (text) => text),
    },
    chat: {
      firstMs: 1000 * read("CHAT_FIRST_SECONDS", 30, seconds("CHAT_FIRST_SECONDS", 30), decimal(1, 3_600)),
      stallMs: 1000 * read("CHAT_STALL_SECONDS", 15, seconds("CHAT_STALL_SECONDS", 15), decimal(1, 3_600)),
      wholeMs: 1000 * read("CHAT_WHOLE_SECONDS", 300, seconds("CHAT_WHOLE_SECONDS", 300), decimal(1, 3_600)),
      length: read(
        "CHAT_LENGTH",
        65_536,
        "Write how many characters an answer may have, at most 262144, such as CHAT_LENGTH=65536.",
        wholeNumber(262_144),
      ),
    },
    production,
    development: isDevelopment(env),
    mock: {
      // It is a tool to develop with, and works for whoever asks.
      on: read("MOCK", !production, "Write MOCK=on or MOCK=off.", onOrOff),
      ttftMs: read(
        "MOCK_TTFT_MS",
        300,
        "Write milliseconds, at most 60000, such as MOCK_TTFT_MS=300.",
        wholeNumber(60_000),
      ),
      tokensPerSecond: read(
        "MOCK_TOKENS_PER_SECOND",
        50,
        "Write a number from 1 to 10000, such as MOCK_TOKENS_PER_SECOND=50.",
        decimal(1, 10_000),
      ),
      jitter: read("MOCK_JITTER", 0.3, "Write a number from 0 to 1, such as MOCK_JITTER=0.3.", decimal(0, 1)),
      seed: read<number | undefined>(
        "MOCK_SEED",
        undefined,
        "Write a whole number of at most nine digits, such as MOCK_SEED=7.",
        wholeNumber(999_999_999),
      ),
    },
  };
  const open = read("PUBLISH", false, "Write PUBLISH=open, or leave it out.", (text) => text === "open" || undefined);
  problems.push(...openly(env, config, open), ...halfModel(env));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

function logPlace(text: string): LogPlace | Mend | undefined {
  if (text === "memory:") return { kind: "memory" };
  if (!/^rediss?:/i.test(text)) return undefined;
  const url = redisUrl(text);
  return url instanceof Mend ? url : { kind: "redis", url };
}

/** Whether everybody may publish must be said where others than the operator can. */
function openly(env: Environment, { host, hosts, production }: Config, open: boolean): string[] {
  if (env.PUBLISH_TOKEN !== undefined) {
    return open ? ["PUBLISH=open lets everybody publish, and PUBLISH_TOKEN does not. Leave one of them out."] : [];
  }
  const seen = [!isLoopback(host) && "HOST", hosts.length > 0 && "HOSTS", production && "NODE_ENV"].find(Boolean);
  if (open || !seen) return [];
  const why = `PUBLISH_TOKEN is missing, and others than you may reach this server, as ${seen} says.`;
  return [`${why} Set it, or PUBLISH=open if everybody may publish.`];
}

/** Whoever names a model, or has a key for it, did not mean the mock; and each backend has models of its own. */
function halfModel(env: Environment): string[] {
  const given = (name: Name) => (env[name] ?? "").trim() !== "";
  if (given("OPENAI_BASE_URL")) {
    return given("CHAT_MODEL") ? [] : ["CHAT_MODEL is missing. Name one of the models at OPENAI_BASE_URL."];
  }
  const idle = (["CHAT_MODEL", "OPENAI_API_KEY"] as const).filter(given).join(" and ");
  if (idle === "") return [];
  const example = "OPENAI_BASE_URL=https://api.openai.com/v1";
  return [`OPENAI_BASE_URL is missing, without which ${idle} would not be used. Set it, such as ${example}.`];
}

/** Only one's own machine, under no other name: what an author is shown there is not for visitors. */
function isDevelopment({ NODE_ENV, HOST = "", HOSTS = "" }: Environment): boolean {
  return NODE_ENV === "development" && isLoopback(HOST.trim() || "localhost") && HOSTS.trim() === "";
}
