import { expect } from "vitest";
import type { Random } from "./random.ts";

/** Whatever a template or a stream could trip over. */
const TEXTS = [
  "plain",
  "two\nlines",
  "\r\nCR LF\r",
  '<b>&amp; "quoted"</b>',
  "ünï 🌊 — ",
  "data: no\n\nid: 7",
  " spaces  ",
  "</hx-partial>",
];

/** Publishes to the board's topics, so often a second and to any of these servers, whether or not it is there. */
export class Load {
  /** How many publications were begun and acknowledged, and what else they were answered. */
  tried = 0;
  acknowledged = 0;
  readonly refused: string[] = [];
  /** What nobody took: with 503, or without an answer. */
  readonly unserved: string[] = [];
  readonly #origins: readonly string[];
  readonly #random: Random;
  readonly #perSecond: number;
  readonly #mostUnderWay: number;
  #timer: NodeJS.Timeout | undefined;
  #begun = 0;
  #due = 0;
  #underWay = new Set<Promise<void>>();
  #waiting = new Set<{ tried: number; resolve: () => void }>();

  /** @param mostUnderWay what is due is left out while so many wait for their answer: a slow machine is not buried in them */
  constructor(origins: readonly string[], random: Random, perSecond: number, mostUnderWay = Number.POSITIVE_INFINITY) {
    this.#origins = origins;
    this.#random = random;
    this.#perSecond = perSecond;
    this.#mostUnderWay = mostUnderWay;
  }

  start(): void {
    this.#begun = performance.now();
    this.#due = 0;
    this.#timer = setInterval(() => this.#catchUp(), 5);
  }

  /** Resolves once all that was begun is answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  /** Resolves once so many more were tried: how long a fault holds is told in what is missed meanwhile. */
  more(count: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.add({ tried: this.tried + count, resolve }));
  }

  /** So many large values on top, more than the kernel's buffers hold for a reader that has stopped. */
  flood(count: number): void {
    for (let i = 0; i < count; i++) this.#begin("POST", "wide", { n: i });
  }

  /** One more to each topic, each acknowledged by one of the servers: a fresh page of that one then has them all. */
  async last(origin = this.#origins[0]!): Promise<void> {
    const data = { n: ++this.tried, text: "last" };
    for (const topic of ["value", "wide", "few", "list", "list/b", "some", "rows"]) {
      expect(await this.#send(origin, "POST", topic, data), topic).toMatchObject({ status: 201 });
    }
  }

  #catchUp(): void {
    const due = ((performance.now() - this.#begun) / 1000) * this.#perSecond;
    for (; this.#due < due; this.#due++) if (this.#underWay.size < this.#mostUnderWay) this.#one();
    for (const waiter of this.#waiting) {
      if (waiter.tried > this.tried) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }

  #one(): void {
    const random = this.#random;
    const data = { n: ++this.tried, text: random.pick(TEXTS) };
    const list = random.pick(["list", "list", "list/b", "rows"]);
    const item = `${list}?item=m${random.from(0, 24)}`;
    const what = random.next();
    if (what < 0.26) this.#begin("POST", "value", data);
    else if (what < 0.3) this.#begin("POST", "few", data);
    else if (what < 0.34) this.#begin("POST", "wide", data);
    else if (what < 0.54) this.#begin("POST", list, data);
    else if (what < 0.79) this.#begin("POST", item, data);
    else if (what < 0.87) this.#begin("DELETE", item);
    else if (what < 0.93) this.#begin("POST", "some", data);
    else if (what < 0.98) this.#begin("POST", `some?item=m${random.from(0, 9)}`, data);
    else if (what < 0.99) this.#begin("DELETE", `some?item=m${random.from(0, 9)}`);
    else this.#begin("DELETE", random.pick([list, "some", "value"]));
  }

  #begin(method: string, target: string, data?: unknown): void {
    const done = this.#send(this.#random.pick(this.#origins), method, target, data)
      .then(
        ({ status, body }) => {
          if (status === 201 || (method === "DELETE" && status < 300)) this.acknowledged++;
          // Nobody there, or on its way out: that is the fault.
          else (status === 503 ? this.unserved : this.refused).push(`${method} ${target}: ${status} ${body}`);
        },
        (error) => void this.unserved.push(`${method} ${target}: ${error}, ${error.cause}`),
      )
      .then(() => void this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  async #send(origin: string, method: string, target: string, data?: unknown) {
    const response = await fetch(`${origin}/publish/${target}`, {
      method,
      // A key each: a balancer may then try again elsewhere.
      headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
      ...(data !== undefined && { body: JSON.stringify(data) }),
    });
    return { status: response.status, body: await response.text() };
  }
}
