import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, sep } from "node:path";
import { BROKEN } from "./page-elements.ts";

/** The scripts that pages load, from node_modules and not from a CDN: a page needs nobody but this server. */
const PACKAGES = {
  "htmx.js": "htmx.org/dist/htmx.min.js",
  "sse.js": "htmx-ext-sse/dist/sse.min.js",
};

interface Asset {
  readonly bytes: Buffer;
  /** Of its content: part of its address, so that it may be cached for ever. */
  readonly hash: string;
}

/** The files that pages refer to, held in memory. */
export class Assets {
  readonly #assets = new Map<string, Asset>();
  readonly #base: string;

  /**
   * @param dir all files in it are public, except those whose name, or folder, begins with a dot
   * @param base the path below which they are served
   */
  constructor(dir: string, base = "") {
    this.#base = base;
    const require = createRequire(import.meta.url);
    for (const [name, file] of Object.entries(PACKAGES)) this.#add(name, readFileSync(require.resolve(file)));
    this.#add("signs.css", readFileSync(join(import.meta.dirname, "signs.css")));
    this.#add("broken.html", Buffer.from(BROKEN));
    for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      const path = file.slice(join(dir, sep).length);
      const hidden = path.split(sep).some((part) => part.startsWith("."));
      if (entry.isFile() && !hidden) this.#add(path, readFileSync(file));
    }
  }

  get(name: string): Asset | undefined {
    return this.#assets.get(name);
  }

  /** The address of a file. @throws Error if there is no such file: a template's mistake, found when it is loaded */
  url(name: string): string {
    const asset = this.#assets.get(name);
    if (asset === undefined)
      throw new Error(`there is no ${name} under public. Known: ${[...this.#assets.keys()].join(", ")}`);
    return `${this.#base}/assets/${asset.hash}/${name}`;
  }

  #add(name: string, bytes: Buffer): void {
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
    this.#assets.set(name.replaceAll(sep, "/"), { bytes, hash });
  }
}
