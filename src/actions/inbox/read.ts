import { action, refuse } from "brooklet";
import { messagesOf } from "./_messages.ts";

/** Marks one message as read, or all of them. */
export default action(({ fields: { id, all }, update }) => {
  if (id === undefined && all === undefined) refuse("Name the message: id=…, or all=true for all of them.");
  return update("inbox", (inbox) => {
    const messages = messagesOf(inbox);
    const is = (message: { id: string; read: boolean }) => !message.read && (id === undefined || message.id === id);
    if (!messages.some(is)) return undefined;
    return { messages: messages.map((message) => (is(message) ? { ...message, read: true } : message)) };
  });
});
