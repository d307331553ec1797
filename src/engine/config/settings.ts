import { LEVELS, type Level } from "../ops/outlet.ts";
import { mediaOrigins } from "./media-origins.ts";
import { isRedisAddress, redisUrl } from "./redis-address.ts";
import {
  decimal,
  each,
  isLoopback,
  Mend,
  onOrOff,
  origin,
  plainHost,
  proxies,
  VISIBLE,
  visible,
  wholeNumber,
} from "./values.ts";
import type { Variables } from "./variables.ts";

/** Where the log is: in a folder (of one node), in memory (lost with the process), or on a Redis that many nodes share. */
export type LogPlace =
  | { readonly kind: "lmdb"; readonly dir: string }
  | { readonly kind: "memory" }
  | { readonly kind: "redis"; readonly url: URL };

/** The engine's settings. Features read their own. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  /** Names that are answered besides loopback names and literal IPs. */
  readonly hosts: readonly string[];
  /** May everything. Without it and a file of tokens, everybody who reaches this server may publish. */
  readonly publishToken: string | undefined;
  /** The path of a file of tokens, each for what it lists. */
  readonly tokensFile: string | undefined;
  /** Signs visitors' cookies, and makes their ids. Undefined: the log's own secret does. */
  readonly secret: string | undefined;
  /** Whose X-Forwarded-For is believed: proxies at these addresses, or that many proxies in front. */
  readonly trustProxy: readonly string[] | number;
  /** Whether the gallery shows each widget's template. */
  readonly showSource: boolean;
  readonly corsOrigins: readonly string[];
  /** Origins whose pages may show this server's in a frame. */
  readonly frameAncestors: readonly string[];
  /** Origins besides this server's whose pictures and media its pages show; `https://*.example.org` is all below a name. */
  readonly mediaOrigins: readonly string[];
  /** Whether pages' forms are accepted. */
  readonly forms: boolean;
  readonly log: LogPlace;
  /** The Redis that sources read. */
  readonly redisUrl: URL | undefined;
  /** Paths of PEM files. Undefined: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly drainSeconds: number;
  /** Whether templates and files are taken up when they change. */
  readonly hotSwap: boolean;
  /** Where figures are given to whoever reaches it. Undefined: only on the server's own port, to those who have a token. */
  readonly metrics: { readonly port: number; readonly host: string } | undefined;
  /** The least that an entry of the operator's log must matter to be written. */
  readonly logLevel: Level;
  /** Whether only the author can see the pages: started by `npm run dev`, on loopback, and with no HOSTS. */
  readonly development: boolean;
}

/** A shorter one can be found by trying, since a visitor's own cookie tells when it is right. */
const MIN_SECRET_CHARACTERS = 32;

const NO_FOLDER = "Write a folder. For a log in memory, set LOG_URL=memory: instead.";
const NO_LOG =
  "Write redis://host:port for a log that many nodes share, memory: for one that ends with the process, " +
  "or leave it out for one in DATA_DIR.";

/** Reads the engine's settings. What is wrong is thrown by {@link Variables.check}, not here. */
export function readSettings(variables: Variables): Settings {
  const read = variables.read.bind(variables) as Variables["read"];
  const cert = variables.text("TLS_CERT");
  const key = variables.text("TLS_KEY");
  if (cert !== undefined && key === undefined) {
    variables.refuse("TLS_KEY is missing. Set it too, or leave TLS_CERT out.");
  }
  if (key !== undefined && cert === undefined) {
    variables.refuse("TLS_CERT is missing. Set it too, or leave TLS_KEY out.");
  }
  const log = readLogPlace(variables);
  const settings: Settings = {
    port: read("PORT", 3000, "Write a whole number from 0 to 65535, such as PORT=3000.", wholeNumber(65_535)),
    host: read("HOST", "127.0.0.1", "Write one address to listen on, such as HOST=0.0.0.0.", plainHost),
    hosts: read("HOSTS", [], "Write names without scheme or port, such as HOSTS=example.com,www.example.com.", (text) =>
      each(text, (name) => (/^[a-z0-9.-]+$/i.test(name) ? name.toLowerCase() : undefined)),
    ),
    publishToken: read<string | undefined>("PUBLISH_TOKEN", undefined, VISIBLE, visible),
    tokensFile: variables.text("TOKENS"),
    secret: read<string | undefined>(
      "SECRET",
      undefined,
      `Write at least ${MIN_SECRET_CHARACTERS} characters, such as what openssl rand -hex 32 prints.`,
      (text) => (text.length < MIN_SECRET_CHARACTERS ? undefined : text),
    ),
    trustProxy: read<readonly string[] | number>(
      "TRUST_PROXY",
      ["loopback"],
      "Write addresses, such as TRUST_PROXY=loopback,10.0.0.0/8, or how many proxies there are, such as TRUST_PROXY=1.",
      proxies,
    ),
    showSource: variables.isOn("SHOW_SOURCE", !variables.production),
    corsOrigins: origins(variables, "CORS_ORIGINS"),
    frameAncestors: origins(variables, "FRAME_ANCESTORS"),
    mediaOrigins: readMediaOrigins(variables),
    forms: read("FORMS", true, "Write FORMS=off, or leave it out.", onOrOff),
    log,
    redisUrl: read<URL | undefined>("REDIS_URL", log.kind === "redis" ? log.url : undefined, "", redisUrl),
    tls: cert !== undefined && key !== undefined ? { cert, key } : undefined,
    drainSeconds: read("DRAIN_SECONDS", 10, "Write seconds from 0 to 600, such as DRAIN_SECONDS=10.", decimal(0, 600)),
    hotSwap: !variables.production,
    metrics: metricsPlace(variables),
    logLevel: read("LOG_LEVEL", "info", "Write debug, info, warn or error.", (text) =>
      LEVELS.find((level) => level === text && level !== "fatal"),
    ),
    development: isDevelopment(variables),
  };
  checkPorts(variables, settings);
  checkOpenness(variables, settings);
  return Object.freeze(settings);
}

/** Where the log is; as {@link readSettings} has it, for programs that need nothing else. */
export function readLogPlace(variables: Variables): LogPlace {
  const dir = variables.read("DATA_DIR", ".brooklet", NO_FOLDER, (text) => (text === "memory" ? undefined : text));
  return variables.read<LogPlace>("LOG_URL", { kind: "lmdb", dir }, NO_LOG, logPlace);
}

function origins(variables: Variables, name: string): string[] {
  const fix = `Write origins without a path, such as ${name}=https://example.com.`;
  return variables.read(name, [], fix, (text) => each(text, origin));
}

/** For whoever looks at templates without a server, too. */
export function readMediaOrigins(variables: Variables): readonly string[] {
  const fix = "Write origins, such as MEDIA_ORIGINS=https://cdn.example.com,https://*.example.org.";
  return variables.read<readonly string[]>("MEDIA_ORIGINS", [], fix, mediaOrigins);
}

function metricsPlace(variables: Variables): Settings["metrics"] {
  const fix = "Write a whole number from 0 to 65535, such as METRICS_PORT=9464.";
  const port = variables.read<number | undefined>("METRICS_PORT", undefined, fix, wholeNumber(65_535));
  const address = "Write one address to listen on, such as METRICS_HOST=10.0.0.5.";
  const host = variables.read<string | undefined>("METRICS_HOST", undefined, address, plainHost);
  if (host !== undefined && port === undefined) {
    variables.refuse("METRICS_PORT is missing. Set it too, or leave METRICS_HOST out.");
  }
  return port === undefined ? undefined : { port, host: host ?? "127.0.0.1" };
}

/** Refuses one port for both, of which the second to listen would be told that some program has it. */
function checkPorts(variables: Variables, { host, port, metrics }: Settings): void {
  if (metrics === undefined || port === 0 || metrics.port !== port) return;
  const isAll = [host, metrics.host].some((address) => address === "0.0.0.0" || address === "::");
  if (!isAll && metrics.host !== host) return;
  variables.refuse(`METRICS_PORT is ${port}, and so is PORT. Give one of them another port.`);
}

function logPlace(text: string): LogPlace | Mend | undefined {
  if (text === "memory:") return { kind: "memory" };
  if (!isRedisAddress(text)) return undefined;
  const url = redisUrl(text);
  return url instanceof Mend ? url : { kind: "redis", url };
}

/** Where one of these is set, publishing needs a token. */
const TOKEN_VARIABLES = ["PUBLISH_TOKEN", "TOKENS"];

const MIN_TOKEN_CHARACTERS = 16;

/** Refuses settings under which strangers could publish, unless they say that they may. */
function checkOpenness(variables: Variables, { host, hosts, publishToken }: Settings): void {
  const open = variables.read("PUBLISH", false, "Write PUBLISH=open, or leave it out.", (text) =>
    text === "open" ? true : undefined,
  );
  const { production } = variables;
  const seen = [
    !isLoopback(host) && "as HOST says",
    hosts.length > 0 && "as HOSTS says",
    production && "since NODE_ENV is production, as brooklet start takes it to be unless it is set",
  ].find(Boolean);
  // Who sets an empty token does not mean that everybody may publish.
  const blank = TOKEN_VARIABLES.filter((name) => variables.isBlank(name));
  for (const name of blank) variables.refuse(`${name} is empty. Give it a value, or leave it out.`);
  if (blank.length > 0) return;
  const [closing] = TOKEN_VARIABLES.filter((name) => variables.text(name) !== undefined);
  if (closing !== undefined) {
    if (open) variables.refuse(`PUBLISH=open lets everybody publish, and ${closing} does not. Leave one of them out.`);
    if (seen && publishToken !== undefined && publishToken.length < MIN_TOKEN_CHARACTERS) {
      const why = `PUBLISH_TOKEN is so short that it is found by trying, and others than you may reach this server, ${seen}.`;
      variables.refuse(
        `${why} Write at least ${MIN_TOKEN_CHARACTERS} characters, such as what openssl rand -hex 32 prints.`,
      );
    }
    return;
  }
  if (open || !seen) return;
  const why = `PUBLISH_TOKEN is missing, and others than you may reach this server, ${seen}.`;
  variables.refuse(`${why} Set it, or TOKENS to a file of tokens, or PUBLISH=open if everybody may publish.`);
}

/** Only one's own machine, under no other name: what an author is shown there is not for visitors. */
function isDevelopment(variables: Variables): boolean {
  const local = isLoopback(variables.text("HOST") ?? "localhost") && variables.text("HOSTS") === undefined;
  return variables.development && local;
}
