import type { Listed } from "../../src/chat/conversation-list.ts";
import type { Json } from "../../src/engine/core/json.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { eventually } from "./browser.ts";
import { LoadedPage } from "./loaded-page.ts";
import type { TestServer } from "./server.ts";

/** Somebody who chats, without a browser. */
export class Visitor {
  readonly id: string;
  readonly #server: Pick<TestServer, "url" | "port" | "broker">;
  readonly #first: LoadedPage;

  /** Loads the page for the first time. */
  static async to(server: Pick<TestServer, "url" | "port" | "broker">): Promise<Visitor> {
    return new Visitor(server, await LoadedPage.load(server, "/chat"));
  }

  private constructor(server: Pick<TestServer, "url" | "port" | "broker">, page: LoadedPage) {
    this.#server = server;
    this.#first = page;
    this.id = chatIn(page.html);
  }

  get #cookie(): string {
    return this.#first.cookie;
  }

  /** The page's stream. */
  stream(): Promise<Response> {
    return this.#first.ask(this.#first.stream!);
  }

  post(
    path: string,
    fields: Record<string, string> | URLSearchParams = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const { url } = this.#server;
    return fetch(url + path, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { cookie: this.#cookie, referer: `${url}/chat`, "hx-request": "true", ...headers },
      redirect: "manual",
    });
  }

  say(text: string): Promise<Response> {
    return this.press("send", { text });
  }

  /** Sends one of the chat's forms. */
  press(
    name: "send" | "stop" | "retry" | "delete",
    fields: Record<string, string> | URLSearchParams = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return this.post(`/actions/chat/${name}`, fields, headers);
  }

  /** Says something in a conversation of theirs, by its name, and waits for the end of the answer. */
  async sayIn(name: string, text: string): Promise<void> {
    await this.press("send", { text }, { referer: `${this.#server.url}/chat?conversation=${name}` });
    await eventually(
      () => this.turn(`${this.id}/${name}`),
      ({ state }) => state === "idle",
    );
  }

  /** Their list, as titles. */
  async listed(): Promise<string[]> {
    const list = (await this.#server.broker.latest(parseTopic(`chat-list/${this.id}`))) as { conversations: Listed[] };
    return list.conversations.map(({ title }) => title);
  }

  /** The hidden field of one of the page's forms that tells a press of it from every other. */
  async once(name: "send" | "stop"): Promise<Record<"_once", string>> {
    const [, _once] = new RegExp(`name="_once" value="(chat/${name}[^"]+)"`).exec(await this.page())!;
    return { _once: _once! };
  }

  /** The page, with a cookie more. */
  async page(cookie = "", query = ""): Promise<string> {
    const headers = { cookie: `${this.#cookie}; ${cookie}` };
    return (await fetch(`${this.#server.url}/chat${query}`, { headers })).text();
  }

  /** All that the conversation holds. */
  async lines(id = this.id): Promise<Record<string, Json>[]> {
    const { values } = await this.#server.broker.record(parseTopic(`chat/${id}`));
    return [...values.values()].map(({ json }) => json.value as Record<string, Json>);
  }

  async turn(id = this.id): Promise<Record<string, Json>> {
    return ((await this.#server.broker.latest(parseTopic(`chat-turn/${id}`))) ?? {}) as Record<string, Json>;
  }

  /** The answers' text, as far as it has come. */
  async text(): Promise<string> {
    return (await this.lines()).flatMap(({ text }) => (typeof text === "string" ? [text] : [])).join("\n\n");
  }

  async notes(): Promise<Json[]> {
    return (await this.lines()).flatMap(({ note }) => (note === undefined ? [] : [note]));
  }

  /** Resolves once no answer is under way; with the turn as it then stands. */
  ended(): Promise<Record<string, Json>> {
    return eventually(
      () => this.turn(),
      ({ state }) => state === "idle" || state === "failed",
    );
  }

  shows(text: string): Promise<string> {
    return eventually(
      () => this.text(),
      (shown) => shown.includes(text),
    );
  }
}

/** The id of the conversation on a page of the chat's. */
export function chatIn(html: string): string {
  return /\/events\?regions=[^"]*?chat%2F([\w-]{22})/.exec(html)![1]!;
}
