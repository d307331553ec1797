import { createParser } from "eventsource-parser";
import { parseFragment } from "parse5";
import { parseCursor } from "../engine/core/cursor.ts";
import { type Partial, partialsIn } from "../engine/core/partial.ts";
import type { Region } from "../engine/core/region.ts";
import { within } from "../engine/core/wait.ts";
import { attribute, elementsIn, type HtmlElement } from "../engine/views/forms/form-fields.ts";
import { formattedIn } from "./formatted.ts";

/** What a region of an open page is sent, as it comes over the page's stream, until the server is stopped. */
export class Collected {
  /** All fragments that have come since the page was loaded, as formatted HTML, oldest first. */
  readonly fragments: string[] = [];
  readonly #region: Region;
  readonly #patienceMs: number;
  /** The region's element, as the page has it. */
  readonly #element: HtmlElement;
  /** Up to where in the log its stream has brought everything. */
  #reached = -1;
  #over: string | undefined;
  #waiting: (() => void)[] = [];

  /**
   * @param element the region's element, with what was in it when its page was loaded
   * @param patienceMs how long a fragment may take
   * @internal
   */
  constructor(region: Region, element: HtmlElement, patienceMs: number) {
    this.#region = region;
    this.#element = element;
    this.#patienceMs = patienceMs;
  }

  /** What the region shows now, as formatted HTML. */
  get html(): string {
    return formattedIn(this.#element);
  }

  /**
   * The fragment that came as the `n`-th, from 1; waits until it is there. Of values that follow each other within milliseconds a
   * state shows the newest alone.
   * @throws Error where it does not come, which says how many have
   */
  nth(n: number): Promise<string> {
    return this.#until(
      () => this.fragments[n - 1],
      () => `Of ${this.#region.name} ${this.fragments.length} of ${n} fragments have come`,
    );
  }

  /** Resolves once everything up to an entry of the log has come. @internal */
  async reaches(seq: number): Promise<void> {
    await this.#until(
      () => (this.#reached >= seq || this.#over !== undefined ? true : undefined),
      () => `What was published has not come to ${this.#region.name}`,
    );
  }

  /** Reads its stream, to the end. @internal */
  async read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const parser = createParser({ onEvent: ({ id, data, event }) => this.#take(id, data, event) });
    const decoder = new TextDecoder();
    try {
      for await (const bytes of stream) parser.feed(decoder.decode(bytes, { stream: true }));
      this.#end("its stream has ended");
    } catch (error) {
      this.#end(`its stream broke: ${error}`);
    }
  }

  #end(why: string): void {
    this.#over ??= why;
    this.#tell();
  }

  #take(id: string | undefined, data: string, event: string | undefined): void {
    if (event === "end") {
      this.#end("its topics have ended");
      return;
    }
    const partials = partialsIn(data);
    // htmx takes away what an event takes away before it does anything else of it.
    const isDelete = ({ swap }: Partial) => swap === "delete";
    for (const partial of [...partials.filter(isDelete), ...partials.filter((one) => !isDelete(one))]) {
      this.#apply(partial);
    }
    const cursor = id === undefined ? undefined : parseCursor(id);
    if (cursor !== undefined) this.#reached = Math.max(this.#reached, cursor.seq);
    this.#tell();
  }

  #apply({ id, swap, html }: Partial): void {
    const element = this.#element;
    const item = [...elementsIn(element)].find((element) => attribute(element, "id") === id);
    if (id !== this.#region.id && item === undefined) return;
    // Rows are read as rows: what an element may hold depends on what it stands in.
    const context = item === undefined ? element : (item.parentNode as HtmlElement);
    const nodes = parseFragment(context, html, {}).childNodes;
    for (const node of nodes) node.parentNode = context;
    if (swap !== "delete") this.fragments.push(formattedIn({ ...context, childNodes: nodes } as HtmlElement));
    if (item === undefined) element.childNodes = swap === "beforeend" ? [...element.childNodes, ...nodes] : nodes;
    else context.childNodes = context.childNodes.flatMap((node) => (node === item ? nodes : [node]));
  }

  #tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const look of waiting) look();
  }

  async #until<T>(look: () => T | undefined, missing: () => string): Promise<T> {
    const late = () => new Error(`${missing()} within ${this.#patienceMs / 1000} s.`);
    const wait = async () => {
      for (;;) {
        const found = look();
        if (found !== undefined) return found;
        if (this.#over !== undefined) throw new Error(`${missing()}, and ${this.#over}.`);
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    };
    return within(this.#patienceMs, wait(), late);
  }
}
