import type { Broker } from "../../src/engine/broker/broker.ts";
import { parseRegions, type Region } from "../../src/engine/core/region.ts";
import type { Sink, Subscriber } from "../../src/engine/delivery/subscriber.ts";
import { inflated } from "./inflate.ts";
import { Page } from "./page.ts";

/** How a page comes back: as the browser does, as a re-made EventSource does, or as a page that has joined more regions. */
export type Return = "header" | "url" | "join";

/** The server has this many bytes under way to a reader that does not read before it is told to wait. */
const WINDOW = 400;

/**
 * The browser of a page: it loads it, and keeps what a browser keeps: the URL, the last event's id, and half an event, which
 * never counts.
 */
export class Reader implements Sink {
  readonly #broker: Broker;
  #regions: Region[] = [];
  #url: string | undefined;
  #lastEventId = "";
  readonly #page = new Page();
  #subscriber: Subscriber | undefined;
  /** Bytes that have left the server and not arrived. */
  #underWay = Buffer.alloc(0);
  #half = "";
  #asked = false;
  over = false;
  readonly #gzip: boolean;
  /** Of a compressed stream all that has arrived. */
  #arrived = Buffer.alloc(0);
  compress: (() => void) | undefined;

  /** @param gzip whether its streams are compressed */
  constructor(broker: Broker, gzip = false) {
    this.#broker = broker;
    this.#gzip = gzip;
    if (gzip) this.compress = () => {};
  }

  get names(): string {
    return this.#regions.map(({ name }) => name).join();
  }

  html(region: Region): string | undefined {
    return this.#page.html.get(region.id);
  }

  get errors(): readonly string[] {
    return this.#page.errors;
  }

  async load(list: string): Promise<void> {
    this.cut(0);
    this.#regions = parseRegions(list);
    this.#lastEventId = "";
    this.#url = this.#broker.cursor();
    this.over = false;
    this.#page.html.clear();
    for (const region of this.#regions) this.#page.html.set(region.id, await this.#broker.html(region));
  }

  async connect(how: Return, more = ""): Promise<void> {
    if (this.over && how !== "join") return; // sse-close: only another stream element opens another stream
    this.cut(0);
    if (how === "join") {
      this.over = false;
      this.#url = undefined;
      for (const region of parseRegions(more)) {
        if (this.#page.html.has(region.id)) continue;
        this.#regions.push(region);
        this.#page.html.set(region.id, await this.#broker.html(region));
      }
    }
    if (how !== "header") this.#lastEventId = "";
    const { names } = this;
    const subscription = { regions: parseRegions(names), as: "html" as const, cursor: this.#url };
    this.#subscriber = await this.#broker.subscribe({ ...subscription, lastEventId: this.#lastEventId }, this);
  }

  /** The connection is lost when the first `bytes` of what is under way have arrived. */
  cut(bytes: number): void {
    this.#arrive(this.#underWay.subarray(0, bytes));
    this.#subscriber?.close();
    this.#subscriber = undefined;
    this.#underWay = Buffer.alloc(0);
    this.#arrived = Buffer.alloc(0);
    this.#half = "";
  }

  /** Reads until nothing is left to read. */
  read(): void {
    while (this.#underWay.length > 0) {
      const bytes = this.#underWay;
      this.#underWay = Buffer.alloc(0);
      this.#arrive(bytes);
      const asked = this.#asked;
      this.#asked = false;
      if (asked) this.#subscriber?.onDrain();
    }
  }

  write(bytes: Buffer): boolean {
    this.#underWay = Buffer.concat([this.#underWay, bytes]);
    this.#asked ||= this.#underWay.length > WINDOW;
    return this.#underWay.length <= WINDOW;
  }

  end(): void {}

  #arrive(bytes: Buffer): void {
    const events = (this.#half + this.#decoded(bytes).toString("latin1")).split("\n\n");
    this.#half = events.pop()!;
    for (const event of events) this.#dispatch(event.split("\n"));
  }

  #decoded(bytes: Buffer): Buffer {
    if (!this.#gzip) return bytes;
    const before = inflated(this.#arrived).length;
    this.#arrived = Buffer.concat([this.#arrived, bytes]);
    return inflated(this.#arrived).subarray(before);
  }

  #dispatch(lines: string[]): void {
    const field = (name: string) =>
      lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).replace(/^ /, ""));
    const [id] = field("id");
    const [event] = field("event");
    if (id !== undefined) this.#lastEventId = id;
    if (event === "end") this.over = true;
    const data = Buffer.from(field("data").join("\n"), "latin1").toString();
    this.#page.apply(data);
  }
}
