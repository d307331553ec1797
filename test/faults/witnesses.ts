import { once } from "node:events";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { secretSegment } from "../../src/engine/core/topic.ts";

/** Who should notice nothing of what goes on beside: two open streams, a program that asks the mock, and a visitor who chats. */
export class Witnesses {
  readonly #origin: string;
  readonly #topic = `feed/${secretSegment()}`;
  readonly #streams: { text: string; request: ReturnType<typeof requestHttp> }[] = [];
  #published = 0;
  readonly #over = new AbortController();
  #work: Promise<void>[] = [];
  readonly #tally = { mock: 0, chats: 0 };
  readonly #wrong: string[] = [];

  /** @param origin `http://127.0.0.1:1234` or with https */
  constructor(origin: string) {
    this.#origin = origin;
  }

  async begin(): Promise<void> {
    for (const as of ["html", "json"]) {
      const [request, response] = await this.#ask("GET", `/events?regions=${this.#topic}&as=${as}`);
      const stream = { text: "", request };
      response.on("data", (chunk) => {
        stream.text += chunk;
      });
      response.on("end", () => this.#wrong.push(`a stream of ${as} ended`));
      this.#streams.push(stream);
    }
    for (const does of [this.#publishes, this.#asksTheMock, this.#chats]) {
      this.#work.push(this.#untilOver(does.bind(this)));
    }
  }

  /**
   * Ends their work.
   * @returns how many numbers were published, and the streams that did not get each of them once, in order; how often mock and
   *   chat answered; and what was not as it should be
   */
  async end() {
    this.#over.abort();
    await Promise.all(this.#work);
    const all = Array.from({ length: this.#published }, (_, i) => i + 1).join();
    let torn = 0;
    for (const stream of this.#streams) {
      const got = () => [...stream.text.matchAll(/number (\d+)\./g)].map(([, n]) => n).join();
      const until = performance.now() + 10_000;
      while (got().length < all.length && performance.now() < until) await new Promise(setImmediate);
      if (got() !== all) torn++;
      stream.request.destroy();
    }
    return { published: this.#published, torn, ...this.#tally, wrong: this.#wrong };
  }

  /** How many streams are open there. */
  async streams(): Promise<number> {
    return (JSON.parse((await this.#text("GET", "/healthz")).text) as { streams: number }).streams;
  }

  /** The cookies of a visitor who was never here. */
  async newCookie(): Promise<string> {
    const pages = await Promise.all(["/chat", "/visitor"].map((page) => this.#text("GET", page)));
    return pages.flatMap(cookiesOf).join("; ");
  }

  async #untilOver(does: () => Promise<void>): Promise<void> {
    while (!this.#over.signal.aborted) {
      await does().catch((error) => this.#wrong.push(String(error)));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #publishes(): Promise<void> {
    const n = ++this.#published;
    const { status } = await this.#text("POST", `/publish/${this.#topic}`, {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: `number ${n}.` }),
    });
    if (status !== 201) this.#wrong.push(`a publish was answered ${status}`);
  }

  /** The same seed gives the same words, whatever else the mock is asked. */
  #words: string | undefined;
  async #asksTheMock(): Promise<void> {
    const { status, text } = await this.#text("POST", "/v1/chat/completions", {
      headers: { "content-type": "application/json", authorization: "Bearer any", "x-forwarded-for": "203.0.113.7" },
      body: JSON.stringify({
        model: "brooklet-mock",
        stream: true,
        seed: 7,
        messages: [{ role: "user", content: "a word" }],
        mock: { ttft_ms: 0, tokens_per_second: 200 },
      }),
    });
    const words = [...text.matchAll(/"content":"([^"]*)"/g)].map(([, word]) => word).join("");
    this.#words ??= words;
    if (status !== 200 || words === "" || words !== this.#words || !text.endsWith("data: [DONE]\n\n")) {
      this.#wrong.push(`the mock answered ${status} ${text.slice(-200)}`);
    }
    this.#tally.mock++;
  }

  #cookie = "";
  async #chats(): Promise<void> {
    const word = `word${this.#tally.chats}`;
    const page = async () => {
      const { text, headers } = await this.#text("GET", "/chat", { headers: { cookie: this.#cookie } });
      this.#cookie ||= cookiesOf({ headers }).join("; ");
      return text;
    };
    if (this.#cookie === "") await page();
    const { status, text: said } = await this.#text("POST", "/actions/chat/send", {
      headers: {
        cookie: this.#cookie,
        "hx-request": "true",
        "x-forwarded-for": "203.0.113.8",
        "content-type": "application/x-www-form-urlencoded",
      },
      body: `text=${word}`,
    });
    if (status !== 200) this.#wrong.push(`the chat answered ${status} ${said}`);
    const until = performance.now() + 20_000;
    for (;;) {
      const text = await page();
      if (text.includes(word) && !/ open"|Answering/.test(text)) break;
      if (performance.now() > until) {
        this.#wrong.push("the chat gave no answer");
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    this.#tally.chats++;
  }

  async #text(method: string, path: string, more: { headers?: Record<string, string>; body?: string } = {}) {
    const [, response] = await this.#ask(method, path, more);
    let text = "";
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode, headers: response.headers, text };
  }

  async #ask(
    method: string,
    path: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<[ReturnType<typeof requestHttp>, IncomingMessage]> {
    const request = (this.#origin.startsWith("https") ? requestHttps : requestHttp)(this.#origin + path, {
      method,
      headers,
      rejectUnauthorized: false,
      agent: false,
    });
    request.end(body);
    const [response] = await once(request, "response");
    request.on("error", () => {}); // some are cut in the end
    response.setEncoding("utf8").on("error", () => {});
    return [request, response];
  }
}

function cookiesOf({ headers }: Pick<IncomingMessage, "headers">): string[] {
  return (headers["set-cookie"] ?? []).map((cookie) => cookie.split(";", 1)[0]!);
}
