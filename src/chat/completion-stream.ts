import { createParser, type EventSourceMessage } from "eventsource-parser";
import { refused } from "./failures.ts";

/** What one event may hold. An answer's pieces are far smaller. */
const MAX_EVENT_BYTES = 1024 * 1024;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The events of a service's answer. Its Content-Type is not always right, so that the body decides: an event stream, or one
 * JSON object from a service that does not stream, which is then the only event.
 * @param onLife called when anything comes, also comments, by which a service says that it is still at work
 * @throws Failure where it is neither
 */
export async function* eventsOf(response: Response, onLife: () => void): AsyncGenerator<EventSourceMessage> {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const decoder = new TextDecoder();
  let isStream: boolean | undefined;
  let whole = "";
  let since = 0;
  let all = 0;
  for await (const bytes of response.body ?? []) {
    onLife();
    all += bytes.length;
    since += bytes.length;
    if (since > MAX_EVENT_BYTES || all > MAX_BYTES) throw refused("more than an answer can be");
    const text = decoder.decode(bytes, { stream: true });
    whole += isStream === true ? "" : text;
    if (isStream === undefined && whole.trim() !== "") {
      isStream = !whole.trimStart().startsWith("{");
      if (whole.trimStart().startsWith("<")) throw refused("a page");
      if (isStream) parser.feed(whole);
    } else if (isStream === true) parser.feed(text);
    if (events.length > 0) since = 0;
    yield* events.splice(0);
  }
  if (isStream === false) yield { id: undefined, event: undefined, data: whole };
  // The last event of a stream that ends without the empty line after it.
  parser.feed("\n\n");
  yield* events;
}
