/** A file's import. */
export interface Import {
  readonly from: string;
  /** A path under src for our own files, else the package's name. */
  readonly to: string;
  readonly typeOnly: boolean;
}

/**
 * The order of src/: a folder is a layer, and a file imports from its own layer and from those above it, types included. A new
 * folder needs a place here, which is the moment to think about what it may know. A folder that is not named has its parent's.
 */
export const LAYERS: readonly (readonly [folder: string, holds: string])[] = [
  ["engine/core", "what all agree on"],
  ["engine/ops", "what the operator is told"],
  ["engine/config", "settings"],
  ["engine/access", "who may what"],
  ["engine/markdown", "Markdown to HTML"],
  ["engine/format", "numbers and times as people write them"],
  ["engine/words", "what pages say of themselves"],
  ["engine/charts", "values to SVG"],
  ["engine/log", "the durable, ordered record"],
  ["engine/regions", "what a region shows now"],
  ["engine/topics", "the topics that someone looks at"],
  ["engine/delivery/encoding", "how streams are written: plain, or compressed once for all"],
  ["engine/delivery", "fan-out, readers, catch-up"],
  ["engine/broker", "the one way in"],
  ["engine/presence", "who reads what, over all nodes"],
  ["kit", "widgets to take"],
  ["engine/views/files", "what authors have written, read and checked"],
  ["engine/views/templates", "templates made to run"],
  ["engine/views/forms", "forms for visitors"],
  ["engine/views/page", "a page, from its template to its bytes"],
  ["engine/views", "templates to HTML"],
  ["engine/sources", "what sources are made of"],
  ["engine/actions", "what actions are made of"],
  ["engine/http/request", "what is read of a request"],
  ["engine/http/middleware", "what every request passes"],
  ["engine/http/routes", "what answers a request"],
  ["engine/http", "the app"],
  ["engine/http/listen", "sockets and TLS"],
  ["engine", "the composition root"],
  ["mock/json-schema", "a value that fits a schema"],
  ["mock", "a feature"],
  ["chat", "a feature"],
  ["inspector", "a feature"],
  ["docs", "a feature"],
  ["", "what is started"],
  ["testing", "what authors test with"],
  ["cli/check", "what is found amiss in a folder"],
  ["cli", "the command"],
];

/** What authors write, or take: it is theirs, and imports what they like. */
export const AUTHORS = /^(?:(?:kit\/)?(?:sources|actions)\/|authorize\.ts$|start-folder\/)/;
/** Beside the order, since views and what is below them do not know each other: what they need is passed in. */
const VIEWS_KNOW = /^(?:engine\/(?:core|markdown|format|words|charts|ops|views)|kit)\//;
/** Features are made of what authors have, and known to nobody but the list of them. */
const FEATURES = /^(chat|docs|inspector|mock)\//;

/** Who may know a package. `type`: as a type only. */
const PACKAGES: Readonly<Record<string, readonly { files: RegExp; type?: true }[]>> = {
  eta: [{ files: /^engine\/views\// }],
  koa: [
    { files: /^engine\/http\/(?!listen\/)/ },
    { files: /^engine\/(http\/listen\/|site\.ts$)|^(chat|docs|inspector|mock)\//, type: true },
  ],
  "@koa/router": [
    { files: /^engine\/http\/(?!listen\/)/ },
    { files: /^(engine\/site\.ts$|(chat|docs|inspector|mock)\/)/, type: true },
  ],
  "d3-scale": [{ files: /^engine\/charts\// }],
  "d3-shape": [{ files: /^engine\/charts\// }],
  entities: [{ files: /^engine\/markdown\/links\.ts$/ }],
  esbuild: [{ files: /^engine\/views\/(?:templates\/as-javascript|minified)\.ts$/ }],
  "eventsource-parser": [{ files: /^(chat\/completion-stream|testing\/collected)\.ts$/ }],
  "markdown-it": [{ files: /^docs\// }],
  lmdb: [{ files: /^engine\/log\/(lmdb\/|failure\.ts$)/ }],
  "@opentelemetry/api": [{ files: /^engine\/ops\// }],
  pino: [{ files: /^engine\/ops\// }],
  "prom-client": [{ files: /^engine\/ops\// }],
  parse5: [{ files: /^(engine\/views|testing|cli\/check)\// }],
  tsx: [{ files: /^typescript\.ts$/ }],
  undici: [{ files: /^engine\/sources\/conditional-get\.ts$/ }],
  redis: [{ files: /^engine\/(log\/redis\/|sources\/redis\.ts$)/ }],
};

/** @returns what is wrong with an import, as a sentence that names both ends and the rule */
export function wrong({ from, to, typeOnly }: Import): string | undefined {
  if (AUTHORS.test(from)) return undefined;
  const arrow = `src/${from} imports ${to}`;
  const allowed = PACKAGES[to];
  if (allowed !== undefined) {
    if (allowed.some(({ files, type }) => files.test(from) && (typeOnly || type !== true))) return undefined;
    return `${arrow}: ${to} is known to ${allowed.map(({ files }) => files.source).join(" and ")} only`;
  }
  if (!to.endsWith(".ts")) return undefined;
  if (to.startsWith("../")) return `${arrow}: src imports nothing of the repository outside src`;
  if (AUTHORS.test(to)) return `${arrow}: what authors write is found by its name, and imported by nobody`;
  const feature = FEATURES.exec(to)?.[0];
  if (feature !== undefined && from !== "features.ts" && !from.startsWith(feature)) {
    return `${arrow}: a feature is known to features.ts only`;
  }
  if (from.startsWith("engine/views/") && !VIEWS_KNOW.test(to)) {
    return `${arrow}: views know no broker and no log; pass in what they need`;
  }
  const [a, b] = [layer(from), layer(to)];
  if (b <= a) return undefined;
  return `${arrow}: the arrow points the wrong way, ${LAYERS[a]![0] || "src"} comes before ${LAYERS[b]![0] || "src"}`;
}

/** Of the innermost folder that has a place. */
function layer(file: string): number {
  for (let folder = file; ; ) {
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")));
    const found = LAYERS.findIndex(([name]) => name === folder);
    if (found >= 0) return found;
  }
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

/** A way round through imports, if there is one. One of types ties its files together as well: neither is understood alone. */
export function cycle(imports: readonly Import[]): string[] | undefined {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
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
  if (htmx !== undefined && !/^(engine\/(core\/partial\.ts$|views\/)|mock\/hostile\.ts$)/.test(file)) {
    found.push(`src/${file} says ${htmx}: htmx is known to partial.ts, views and templates only`);
  }
  if (text.replace(COMMENTS, "").includes("text/event-stream") && file !== "engine/core/event.ts") {
    found.push(`src/${file} says text/event-stream: take it from event.ts`);
  }
  // mock/showpieces.ts shows programs of others.
  if (
    /^\s*(?!\*|\/\/).*\bconsole\b/m.test(text) &&
    !/^(cli\/\w+|engine\/(ops\/outlet|http\/listen\/self-signed)|mock\/showpieces)\.ts$/.test(file)
  ) {
    found.push(`src/${file} says console: the operator is told by ops/logger.ts, which makes strangers' text harmless`);
  }
  return found;
}
