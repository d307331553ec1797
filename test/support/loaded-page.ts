import { parse } from "parse5";
import { attribute, elementsIn } from "../../src/engine/views/forms/form-fields.ts";
import { cookiesOf } from "./cookies.ts";
import { Raw } from "./raw.ts";

interface Served {
  readonly url: string;
  readonly port: number;
}

/** A page as its visitor's browser has it, without the browser. */
export class LoadedPage {
  readonly html: string;
  readonly cookie: string;
  readonly #server: Served;

  /** @param cookie what its visitor's browser has already */
  static async load(server: Served, path: string, cookie = ""): Promise<LoadedPage> {
    const response = await fetch(server.url + path, { headers: { cookie } });
    if (!response.ok) throw new Error(`${path} is answered ${response.status}`);
    return new LoadedPage(server, await response.text(), cookiesOf(response) || cookie);
  }

  constructor(server: Served, html: string, cookie: string) {
    this.#server = server;
    this.html = html;
    this.cookie = cookie;
  }

  /** The address of its stream, as its element has it; undefined where it has none. */
  get stream(): string | undefined {
    return /sse-connect="([^"]*)"/.exec(this.html)?.[1]?.replaceAll("&amp;", "&");
  }

  /** What it sends along of its stream: `<regions>;<seal>`. */
  get list(): string {
    return /name="_regions" value="([^"]*)"/.exec(this.html)![1]!.replaceAll("&amp;", "&");
  }

  get regions(): string {
    return this.list.split(";")[0]!;
  }

  get seal(): string | undefined {
    return this.list.split(";")[1];
  }

  /** Opens its stream, or another, as its browser would. */
  open(stream = this.stream!, port = this.#server.port): Raw {
    return new Raw(port).send(`GET ${stream} HTTP/1.1`, "Host: localhost", `Cookie: ${this.cookie}`, "", "");
  }

  /** Asks as htmx does from it. */
  ask(path: string, form?: Record<string, string>): Promise<Response> {
    const headers = { cookie: this.cookie, "hx-request": "true" };
    const body = form && new URLSearchParams(form);
    return fetch(this.#server.url + path, { headers, ...(body && { method: "POST", body }) });
  }

  /**
   * Sends its inputs, with what is typed, to an action: as htmx does, or as a browser does without it.
   * @param path where it stands
   */
  press(action: string, path: string, typed: Record<string, string>, htmx = true): Promise<Response> {
    const body = new URLSearchParams();
    for (const element of elementsIn(parse(this.html))) {
      const name = attribute(element, "name");
      if (element.tagName === "input" && name !== undefined) body.set(name, attribute(element, "value") ?? "");
    }
    for (const [name, value] of Object.entries(typed)) body.set(name, value);
    const at = this.#server.url + path;
    const ofHtmx = { "hx-request": "true", "hx-current-url": at };
    const headers = { cookie: this.cookie, accept: "text/html", referer: at, ...(htmx && ofHtmx) };
    return fetch(`${this.#server.url}/actions/${action}`, { method: "POST", body, headers, redirect: "manual" });
  }

  /** Has its stream's element anew, as it asks for it when the stream has died or its seal expires. */
  async again(): Promise<LoadedPage> {
    const response = await this.ask(`/stream?renewal&_regions=${encodeURIComponent(this.list)}`);
    return new LoadedPage(this.#server, await response.text(), this.cookie);
  }
}
