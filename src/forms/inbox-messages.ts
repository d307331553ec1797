import type { Broker } from "../engine/broker/broker.ts";
import type { Json } from "../engine/core/json.ts";
import { parseTopic, secretSegment } from "../engine/core/topic.ts";

/** A type and no interface, since only that is JSON to the compiler. */
export type Message = { id: string; from: string; subject: string; at: string; read: boolean };

const TOPIC = parseTopic("inbox");
/** So many are kept, or the inbox would outgrow what one value may hold. */
const MOST = 100;

/** The messages, newest first. All of them are one value: what it says is what every tab shows. */
export class Inbox {
  readonly #broker: Pick<Broker, "update">;

  constructor(broker: Pick<Broker, "update">) {
    this.#broker = broker;
  }

  /** @returns the new message's id */
  async add(from: string, subject: string): Promise<string> {
    const message = { id: secretSegment(), from, subject, at: new Date().toISOString(), read: false };
    await this.#change((messages) => [message, ...messages].slice(0, MOST));
    return message.id;
  }

  /** Marks one message as read, or all of them. */
  read(which: { id: string } | "all"): Promise<void> {
    const is = ({ id, read }: Message) => !read && (which === "all" || which.id === id);
    return this.#change((messages) =>
      messages.some(is) ? messages.map((message) => (is(message) ? { ...message, read: true } : message)) : messages,
    );
  }

  async #change(change: (messages: Message[]) => Message[]): Promise<void> {
    await this.#broker.update(TOPIC, (value) => {
      const before = messagesOf(value);
      const messages = change(before);
      return messages === before ? undefined : { messages };
    });
  }
}

/** Anyone may publish to the topic, but only what its template can show. */
function messagesOf(value: Json | undefined): Message[] {
  const { messages } = (value ?? {}) as { messages?: unknown };
  return Array.isArray(messages) ? messages : [];
}
