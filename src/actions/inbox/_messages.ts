export type Message = { id: string; from: string; subject: string; at: string; read: boolean };

/** The messages that the inbox holds, newest first: all of them are one value, so that what it says is what every tab shows. */
export function messagesOf(inbox: unknown): Message[] {
  const { messages } = (inbox ?? {}) as { messages?: unknown };
  return Array.isArray(messages) ? messages : []; // any program may publish to the topic
}
