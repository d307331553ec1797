import { eventually } from "./browser.ts";

/** One question that a model was asked, and the answer that a test gives to it, piece by piece. */
export interface Asked {
  readonly messages: readonly { role: string; content: string }[];
  /** The name of the model that was asked. */
  readonly model: string;
  readonly headers: Headers;
  /** Whether the caller has gone. */
  readonly aborted: boolean;
  say(text: string): void;
  /** What it thinks before it says anything. */
  think(text: string): void;
  /** Asks for a tool: all of it at once. */
  call(name: string, input: string): void;
  /** Ends it as a model does. */
  end(reason?: string): void;
  /** Writes this to the stream as it is. */
  write(raw: string): void;
  /** The stream ends, and nothing has said so. */
  close(): void;
  /** The connection is lost. */
  cut(): void;
}

/** An OpenAI-compatible API that says only what a test makes it say. */
export class Upstream {
  readonly asked: Asked[] = [];
  /** Answers at once, in place of a stream. */
  reply: (() => Response | Promise<Response>) | undefined;

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { messages, model } = (await request.json()) as Pick<Asked, "messages" | "model">;
    const { signal } = request;
    let stream: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = controller;
      },
    });
    const write = (raw: string) => stream.enqueue(new TextEncoder().encode(raw));
    const chunk = (delta: object, finish_reason: string | null) =>
      write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
    signal.addEventListener("abort", () => stream.error(signal.reason));
    this.asked.push({
      messages,
      model,
      headers: request.headers,
      get aborted() {
        return signal.aborted;
      },
      say: (content) => chunk({ content }, null),
      think: (text) => chunk({ reasoning_content: text }, null),
      call: (name, input) => chunk({ tool_calls: [{ index: 0, function: { name, arguments: input } }] }, null),
      end: (reason = "stop") => {
        chunk({}, reason);
        write("data: [DONE]\n\n");
        stream.close();
      },
      write,
      close: () => stream.close(),
      cut: () => stream.error(new TypeError("terminated")),
    });
    return this.reply?.() ?? new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  };

  /** Resolves once it has been asked for the n-th time. */
  async nth(n: number): Promise<Asked> {
    await eventually(
      () => this.asked.length,
      (length) => length >= n,
    );
    return this.asked[n - 1]!;
  }
}
