/** A file's import. A type-only one is gone after compilation, so that it ties no modules together. */
export interface Import {
  readonly from: string;
  /** A path under src for our own files, else the package's name. */
  readonly to: string;
  readonly typeOnly: boolean;
}

/**
 * The order of src/: a file imports from its own layer and from those above it. A new file needs a place here, which is
 * the moment to think about what it may know.
 */
export const LAYERS: readonly (readonly [name: string, files: RegExp])[] = [
  [
    "leaves",
    /^(problem|topic|region|event|growing-bytes|partial|widget|config|variable|json|cursor|allowance|lease|logger|markdown(\/[a-z-]+)?|turns|wait|log\/record)\.ts$/,
  ],
  ["log", /^log\/[a-z-]+\.ts$/],
  ["update", /^update\.ts$/],
  ["content", /^(content\/[a-z-]+|live\/(mirror|mirrors|position))\.ts$/],
  ["subscriber", /^stream\/(audience|subscriber|fan-out|catch-up|notices)\.ts$/],
  ["broker", /^(broker|live\/(live|frames|paint|successor|publisher|trial)|stream\/(streams|heart))\.ts$/],
  ["source", /^(inbox|source\/[a-z-]+)\.ts$/],
  ["sources", /^sources\/[a-z0-9-]+\.ts$/],
  ["mock", /^mock\/[a-z-]+\.ts$/],
  ["chat", /^chat\/[a-z-]+\.ts$/],
  ["routes", /^routes\/[a-z-]+\.ts$/],
  ["app", /^app\.ts$/],
  ["index", /^(index|hot-swap|server\/[a-z-]+)\.ts$/],
];

/** Beside the order, since views and broker do not know each other: what they both need is passed in. */
const VIEWS = /^(template|views|view-[a-z-]+|views-[a-z-]+|views\/[a-z-]+)\.ts$/;
const MAY_USE_VIEWS = /^(routes\/.*|app|hot-swap|index)\.ts$/;

/** Who may know a package. `type`: as a type only. */
const PACKAGES: Readonly<Record<string, readonly { files: RegExp; type?: true }[]>> = {
  eta: [{ files: VIEWS }],
  koa: [{ files: /^(app|routes\/.*)\.ts$/ }, { files: /^(index|server\/server)\.ts$/, type: true }],
  "@koa/router": [{ files: /^(app|routes\/.*)\.ts$/ }],
  entities: [{ files: /^markdown\/links\.ts$/ }],
  "eventsource-parser": [{ files: /^chat\/completion-stream\.ts$/ }],
  lmdb: [{ files: /^log\/[a-z-]+\.ts$/ }],
  undici: [{ files: /^source\/conditional-get\.ts$/ }],
  redis: [{ files: /^(log\/redis.*|source\/redis.*)\.ts$/ }],
};

/** @returns what is wrong with an import, as a sentence that names both ends and the rule */
export function wrong({ from, to, typeOnly }: Import): string | undefined {
  const arrow = `src/${from} imports ${to}`;
  const allowed = PACKAGES[to];
  if (allowed !== undefined) {
    if (allowed.some(({ files, type }) => files.test(from) && (typeOnly || type !== true))) return undefined;
    return `${arrow}: ${to} is known to ${allowed.map(({ files }) => files.source).join(" and ")} only`;
  }
  if (!to.endsWith(".ts")) return undefined;
  if (to.startsWith("../")) return `${arrow}: src imports nothing of the repository outside src`;
  if (VIEWS.test(from)) {
    if (VIEWS.test(to) || layer(to) === 0) return undefined;
    return `${arrow}: views know the leaves only; pass in what they need`;
  }
  if (VIEWS.test(to)) {
    if (MAY_USE_VIEWS.test(from)) return undefined;
    return `${arrow}: only routes, app and index know views; pass in what is needed`;
  }
  const [a, b] = [layer(from), layer(to)];
  for (const [file, at] of [
    [from, a],
    [to, b],
  ] as const) {
    if (at < 0) return `src/${file} has no place in the order: give it one in test/support/architecture.ts`;
  }
  if (b <= a) return undefined;
  return `${arrow}: the arrow points the wrong way, ${LAYERS[a]![0]} comes before ${LAYERS[b]![0]}`;
}

function layer(file: string): number {
  return LAYERS.findIndex(([, files]) => files.test(file));
}

const STATIC = /^(?:import|export)\s+(type\s)?[^"';]*?\bfrom\s*["']([^"']+)["']/gm;
const BARE = /^import\s*["']([^"']+)["']/gm;
const DYNAMIC = /\bimport\(\s*["'`]([^"'`$]+)["'`]\s*[,)]/g;

/** The imports of a file of src, as they stand in its text. */
export function importsOf(file: string, text: string): Import[] {
  const found = [...text.matchAll(STATIC)].map(([, type, to]) => ({ to: to!, typeOnly: type !== undefined }));
  for (const pattern of [BARE, DYNAMIC]) {
    for (const [, to] of text.matchAll(pattern)) found.push({ to: to!, typeOnly: false });
  }
  return found.map(({ to, typeOnly }) => ({ from: file, to: resolve(file, to), typeOnly }));
}

function resolve(file: string, to: string): string {
  if (!to.startsWith(".")) return /^(@[^/]+\/)?[^/]+/.exec(to)![0];
  const path = file.split("/").slice(0, -1);
  for (const step of to.split("/")) {
    if (step === ".." && path.length > 0 && path.at(-1) !== "..") path.pop();
    else if (step !== ".") path.push(step);
  }
  return path.join("/");
}

/** A way round through imports that remain after compilation, if there is one. */
export function cycle(imports: readonly Import[]): string[] | undefined {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of imports) if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const to of next.get(file) ?? []) {
      const found = visit(to, [...path, file]);
      if (found !== undefined) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const found = visit(file, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

const COMMENTS = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/** A file that only passes on what others export hides where things live. */
export function isBarrel(text: string): boolean {
  const code = text.replace(COMMENTS, "").trim();
  return code !== "" && code.replace(/^export\s[^"';]*?\bfrom\s*["'][^"']+["'];?$/gm, "").trim() === "";
}

/** @returns which knowledge a file's text has that only others may have */
export function leaks(file: string, text: string): string[] {
  const found: string[] = [];
  const htmx = /["'`<\s](?:hx|sse)-[a-z]+/.exec(text)?.[0].slice(1);
  // mock/hostile.ts says what an attacker would.
  if (htmx !== undefined && file !== "partial.ts" && file !== "mock/hostile.ts" && !VIEWS.test(file)) {
    found.push(`src/${file} says ${htmx}: htmx is known to partial.ts, views and templates only`);
  }
  if (text.replace(COMMENTS, "").includes("text/event-stream") && file !== "event.ts") {
    found.push(`src/${file} says text/event-stream: take it from event.ts`);
  }
  // mock/showpieces.ts shows programs of others.
  if (
    /^\s*(?!\*|\/\/).*\bconsole\b/m.test(text) &&
    !/^(logger|index|server\/self-signed|mock\/showpieces)\.ts$/.test(file)
  ) {
    found.push(`src/${file} says console: the operator is told by logger.ts, which makes strangers' text harmless`);
  }
  return found;
}
