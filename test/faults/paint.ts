import { partialsIn } from "../../src/engine/core/partial.ts";

/** How many items the list shows. */
export const KEEP = 200;

const ITEM = /<li id="([^"]+)">(\d+)<\/li>/g;

/** A page as a program loads it: its first paint, then its own stream, and a look at what it shows after each event. */
export class Paint {
  /** Events after which the list was not the newest `KEEP` numbers, one after the other. */
  gaps = 0;
  /** Items that came while they were there. */
  duplicates = 0;
  /** Events after which something older was shown. */
  backwards = 0;
  /** Partials that found no target. */
  missing = 0;
  events = 0;
  value = 0;
  left = false;
  readonly #origin: string;
  readonly #leaving = new AbortController();
  #items = new Map<string, number>();
  #stream = "";
  #waiting: { done: () => boolean; resolve: () => void; reject: (error: unknown) => void } | undefined;

  constructor(origin: string) {
    this.#origin = origin;
  }

  get numbers(): number[] {
    return [...this.#items.values()];
  }

  get newest(): number {
    return this.numbers.at(-1) ?? 0;
  }

  async load(path: string): Promise<void> {
    const html = await (await fetch(this.#origin + path)).text();
    this.#fill("list", html.slice(html.indexOf('id="list"')));
    this.#fill("value", html.slice(html.indexOf('id="value"')));
    this.#stream = /sse-connect="([^"]+)"/.exec(html)![1]!.replaceAll("&amp;", "&");
    this.#look();
  }

  /** Opens the stream that the page itself names. */
  async follow(): Promise<void> {
    const { body } = await fetch(this.#origin + this.#stream, {
      headers: { accept: "text/event-stream" },
      signal: this.#leaving.signal,
    });
    this.#read(body!).catch((error) => this.left || this.#waiting?.reject(error));
  }

  until(done: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { done, resolve, reject };
      if (done()) resolve();
    });
  }

  leave(): void {
    this.left = true;
    this.#leaving.abort();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of body) {
      const events = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
      rest = events.pop()!;
      for (const event of events) this.#dispatch(event);
      if (this.#waiting?.done()) this.#waiting.resolve();
    }
    throw new Error("the stream has ended");
  }

  #dispatch(event: string): void {
    const data = event.match(/(?<=^data: ?)(?! ).*/gm)?.join("\n") ?? "";
    for (const { id, swap, html } of partialsIn(data)) this.#swap(id, swap, html);
    this.events++;
    this.#look();
  }

  #swap(target: string, swap: string, html: string): void {
    if (target.startsWith("_")) return; // the layout's own
    if (swap === "innerHTML" || swap === "morph:innerHTML") this.#fill(target, html);
    else if (swap === "beforeend" && target === "list") this.#append(html);
    else if (swap !== "delete" || !this.#items.delete(target)) this.missing++;
  }

  #fill(target: string, html: string): void {
    if (target === "list") {
      this.#items.clear();
      this.#append(html);
      return;
    }
    const value = Number(/<b>(\d+)<\/b>/.exec(html)![1]);
    if (value < this.value) this.backwards++;
    this.value = value;
  }

  #append(html: string): void {
    for (const [, id, n] of html.matchAll(ITEM)) {
      if (this.#items.has(id!)) this.duplicates++;
      this.#items.set(id!, Number(n));
    }
  }

  #shown = 0;

  #look(): void {
    const { numbers, newest } = this;
    if (numbers.length !== KEEP || newest - numbers[0]! !== KEEP - 1) this.gaps++;
    else if (numbers.some((n, i) => n !== numbers[0]! + i)) this.gaps++;
    if (newest < this.#shown) this.backwards++;
    this.#shown = newest;
  }
}
