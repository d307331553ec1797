import { eventually } from "../support/browser.ts";
import { LoadedPage } from "../support/loaded-page.ts";
import type { Program } from "../support/program.ts";
import type { Raw } from "../support/raw.ts";
import { chatIn } from "../support/visitor.ts";

/** A visitor who knows nothing but the pages, and may turn to any of the nodes. */
export class Guest {
  readonly id: string;
  readonly #first: LoadedPage;

  /** Loads the page for the first time. */
  static async of({ origin: url, port }: Program): Promise<Guest> {
    return new Guest(await LoadedPage.load({ url, port }, "/chat"));
  }

  private constructor(page: LoadedPage) {
    this.#first = page;
    this.id = chatIn(page.html);
  }

  get #cookie(): string {
    return this.#first.cookie;
  }

  /** Opens the page's stream, on whichever node. */
  open({ port }: Program): Raw {
    return this.#first.open(undefined, port);
  }

  /** The page as a node shows it, once this is true of it. */
  sees(node: Program, good: (html: string) => boolean, ms?: number): Promise<string> {
    return eventually(() => this.page(node), good, ms);
  }

  async page(node: Program): Promise<string> {
    return (await fetch(`${node.origin}/chat`, { headers: { cookie: this.#cookie } })).text();
  }

  say(node: Program, text: string): Promise<Response> {
    return this.#post(node, "send", new URLSearchParams({ text }));
  }

  press(node: Program, button: "stop" | "retry" | "delete"): Promise<Response> {
    return this.#post(node, button, new URLSearchParams());
  }

  /** Asks for a long answer, of which some words are there. */
  async begin(node: Program): Promise<void> {
    await this.say(node, "/slow a long story, please");
    await this.sees(node, growing);
  }

  #post(node: Program, name: string, body: URLSearchParams): Promise<Response> {
    const headers = { cookie: this.#cookie, "hx-request": "true" };
    return fetch(`${node.origin}/actions/chat/${name}`, { method: "POST", headers, body });
  }
}

/** Some words of an answer are there, and more will come. */
export const growing = (html: string) => /class="it open">\s*<p>\w/.test(html);

/** An answer has words, is closed, and the form is free. */
export const closed = (html: string) => /class="it">\s*<p>\w/.test(html) && !/ open"|Answering/.test(html);
