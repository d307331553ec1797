import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { basename } from "node:path";
import { watch } from "chokidar";
import type { Renderer } from "../core/widget.ts";
import { aroundMistakes } from "./around-mistakes.ts";
import { Assets } from "./assets.ts";
import { strayAt } from "./files/strays.ts";
import { SCHEMA_FILE } from "./files/value-schema.ts";
import { readWords } from "./files/words-file.ts";
import { Views } from "./views.ts";
import type { ViewsOptions } from "./views-options.ts";

export interface Folders {
  readonly views: string;
  readonly public: string;
}

/** The open pages; the broker is one. */
export interface OpenPages {
  /** Renders everything anew, with these templates. */
  refresh(renderer: Renderer): void;
  /** Shows a notice; an empty one takes it away. */
  notify(text: string): void;
}

/** Is told what happens to the templates. */
export interface Onlooker {
  /** Called before other templates are shown. */
  swapped(): void;
  /** Called when a mistake keeps the old templates in use. @returns whether pages may show it */
  mistaken(message: string): boolean;
  /** Called when what is imported, and so stays as it is, was changed. */
  outdated(message: string): void;
  /** Called with the templates that are in use, once they are watched, and whenever they are others. */
  inUse(views: Views): void;
}

/** Editors write a file in several steps, and save several files at once. */
const SETTLE_MS = 50;

/**
 * The author's templates and files, replaced when they change. While there is a mistake in them, the last good ones stay in
 * use.
 */
export class HotSwap {
  #views: Views;
  #assets: Assets;
  readonly #folders: Folders;
  readonly #options: ViewsOptions;
  /** What keeps the newest templates from being used, or "". */
  #mistake = "";
  /** Whether pages may show it. */
  #isShown = false;
  /** Whether the templates in use are all as their author wrote them, so that they stay in use while newer ones are not. */
  #isWhole: boolean;
  #edition = randomUUID();

  /**
   * @param isRestarted whether its author, who looks, is shown each mistake of the start in its place, where that can be
   * @throws Error that says where the mistake is
   */
  constructor(folders: Folders, options: ViewsOptions = {}, isRestarted = false) {
    this.#folders = folders;
    this.#options = options;
    this.#isWhole = !isRestarted;
    this.#assets = this.#read();
    this.#views = this.#load(this.#assets).loaded;
  }

  get views(): Views {
    return this.#views;
  }

  get assets(): Assets {
    return this.#assets;
  }

  /** Another one once the templates, or the mistake in them, are others. */
  get edition(): string {
    return this.#edition;
  }

  /** What an author has to mend before there can be something at an address; undefined where that is not known, or for no page to show. */
  toMend(path: string): string | undefined {
    if (this.#isShown) return this.#mistake;
    return this.#options.development ? strayAt(this.#views.strays, path) : undefined;
  }

  /**
   * Begins to watch the folders. Resolves when every change from then on will be noticed.
   * @returns a function that ends it
   */
  async start(pages: OpenPages, { swapped, mistaken, outdated, inUse }: Onlooker): Promise<() => void> {
    let timer: NodeJS.Timeout;
    const say = (mistake: string) => {
      if (mistake === this.#mistake) return; // the same, saved again
      const wasShown = this.#isShown;
      this.#mistake = mistake;
      this.#isShown = mistake !== "" && mistaken(mistake);
      this.#edition = randomUUID();
      if (wasShown || this.#isShown) pages.notify(mistake);
    };
    const swap = () => {
      try {
        const old = this.#views;
        const assets = this.#read(this.#assets);
        const { loaded, mistake } = this.#load(assets);
        this.#views = loaded;
        this.#assets = assets;
        void assets.compress();
        inUse(this.#views);
        say(mistake);
        this.#edition = randomUUID();
        if (this.#views.views === old.views && this.#views.shell === old.shell) return;
        swapped();
        pages.refresh(this.#views);
      } catch (error) {
        say(error instanceof Error ? error.message : String(error));
      }
    };
    const watcher = watch([this.#folders.views, this.#folders.public], { ignoreInitial: true });
    watcher.on("all", (_, path) => {
      if (SCHEMA_FILE.test(path)) {
        outdated(`views/widgets/${basename(path)} was changed. A schema is code: it holds from the next start on.`);
      }
      clearTimeout(timer);
      timer = setTimeout(swap, SETTLE_MS);
    });
    await once(watcher, "ready");
    swap(); // what was written since the templates were read, and before it was watched, is told of by nobody
    return () => {
      clearTimeout(timer);
      void watcher.close();
    };
  }

  #read(before?: Assets): Assets {
    const words = readWords(this.#folders.views, this.#options.words);
    return new Assets(this.#folders.public, { development: this.#options.development, words, before });
  }

  /** @returns the mistake, too, around which they were loaded, or "" */
  #load(assets: Assets): { loaded: Views; mistake: string } {
    const { views } = this.#folders;
    const mistake = this.#options.development ? () => (this.#isShown ? this.#mistake : "") : undefined;
    const load = (instead?: ReadonlyMap<string, string>) =>
      Views.load(views, (name) => assets.url(name), { ...this.#options, mistake, instead });
    if (this.#isWhole) return { loaded: load(), mistake: "" };
    const around = aroundMistakes(views, load);
    this.#isWhole = around.mistake === "";
    return around;
  }
}
