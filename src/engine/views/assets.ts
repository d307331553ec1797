import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, sep } from "node:path";
import { KIT_STYLE } from "../../kit/kit.ts";
import { CHARTS_CSS } from "../charts/chart.ts";
import { didYouMean } from "../core/problem.ts";
import { ENGLISH, type Words } from "../words/words.ts";
import { Asset } from "./asset.ts";
import { minified } from "./minified.ts";
import { brokenBeat } from "./page/page-elements.ts";

const require = createRequire(import.meta.url);
const beside = (name: string) => join(import.meta.dirname, name);

/** From node_modules and not from a CDN: a page needs nobody but this server. */
const SCRIPTS = {
  "htmx.js": require.resolve("htmx.org/dist/htmx.min.js"),
  "sse.js": require.resolve("htmx-ext-sse/dist/sse.min.js"),
  "morph.js": require.resolve("idiomorph/dist/idiomorph-ext.min.js"),
};
const STYLES = { "signs.css": beside("signs.css"), "kit.css": KIT_STYLE, "charts.css": CHARTS_CSS };

/** What pages load of all that: one file of each kind, since with each more a first visit takes a request and 0.7 KB of headers. */
const TOGETHER = { "engine.js": Object.values(SCRIPTS), "engine.css": Object.values(STYLES) };

/** What all sites have, in development, and otherwise: read, and compressed, once in a process. */
const own = new Map<boolean, ReadonlyMap<string, Asset>>();

export interface AssetsOptions {
  /** Whether style sheets are sent as they are written, for their author to read. Not by default: then they are minified. */
  readonly development?: boolean;
  /** The path below which they are served; "" by default. */
  readonly base?: string;
  /** What pages say of themselves; in English by default. */
  readonly words?: Words;
  /** The files as they were: what has not changed since is neither minified nor compressed again. */
  readonly before?: Assets;
}

/** The files that pages refer to, held in memory. */
export class Assets {
  readonly #assets: Map<string, Asset>;
  /** Those of its author's. */
  readonly names: readonly string[];
  readonly #base: string;

  /** @param dir all files in it are public, except those whose name, or folder, begins with a dot */
  constructor(dir: string, { development = false, base = "", words = ENGLISH, before }: AssetsOptions = {}) {
    this.#base = base;
    if (!own.has(development)) own.set(development, new Map(ownFiles(development)));
    this.#assets = new Map(own.get(development));
    this.#assets.set("broken.html", new Asset(Buffer.from(brokenBeat(words))));
    // Pages need none of their own.
    const names: string[] = [];
    const entries = existsSync(dir) ? readdirSync(dir, { recursive: true, withFileTypes: true }) : [];
    for (const entry of entries) {
      const file = join(entry.parentPath, entry.name);
      const path = file.slice(join(dir, sep).length);
      const hidden = path.split(sep).some((part) => part.startsWith("."));
      if (!entry.isFile() || hidden) continue;
      const name = path.replaceAll(sep, "/");
      names.push(name);
      const written = readFileSync(file);
      const known = before?.get(name);
      this.#assets.set(name, known?.written.equals(written) ? known : made(name, written, development));
    }
    this.names = names;
  }

  get(name: string): Asset | undefined {
    return this.#assets.get(name);
  }

  /** The address of a file. @throws Error if there is no such file: a template's mistake, found when it is loaded */
  url(name: string): string {
    const asset = this.#assets.get(name);
    if (asset === undefined) {
      const known = this.names.length === 0 ? " Put it there." : ` Known: ${this.names.join(", ")}`;
      throw new Error(`there is no ${name} under public.${didYouMean(name, this.#assets.keys()) || known}`);
    }
    return `${this.#base}/assets/${asset.hash}/${name}`;
  }

  /**
   * Compresses all of them, the small ones first, which are soon done. One after the other: zlib's threads are also those that
   * read files and look up names for all else.
   */
  async compress(): Promise<void> {
    const small = [...this.#assets.values()].sort((one, other) => one.bytes.length - other.bytes.length);
    for (const asset of small) await asset.compress();
  }
}

function made(name: string, written: Buffer, development: boolean): Asset {
  return new Asset(written, development || !name.endsWith(".css") ? written : minified(written));
}

function* ownFiles(development: boolean): Generator<[string, Asset]> {
  const files = { ...SCRIPTS, ...STYLES, ...TOGETHER, "brooklet.css": beside("brooklet.css") };
  for (const [name, parts] of Object.entries(files)) {
    const written = [parts].flat().map((file) => readFileSync(file, "utf8"));
    yield [name, made(name, Buffer.from(written.join("\n")), development)];
  }
}
