import { createParser, type EventSourceMessage } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeEvent, encodeTight } from "../../../src/engine/core/event.ts";
import type { Json } from "../../../src/engine/core/json.ts";
import { appendTo } from "../../../src/engine/core/partial.ts";

const text = (event: Parameters<typeof encodeEvent>[0]) => encodeEvent(event).toString();

describe("an event is these bytes", () => {
  test("unnamed, with its id before its data", () => {
    expect(text({ id: "7f3a-1", data: "<b>101.2</b>" })).toBe("id: 7f3a-1\ndata: <b>101.2</b>\n\n");
  });

  test("named, with the time to come back in", () => {
    expect(text({ event: "end", data: "", retry: 300.4 })).toBe("retry: 300\nevent: end\ndata: \n\n");
  });

  test("without data: its id is adopted, and nothing is dispatched", () => {
    expect(text({ id: "7f3a-2" })).toBe("id: 7f3a-2\n\n");
  });

  test.each(["a\nb", "a\rb", "a\r\nb"])("each of the three line ends begins a new data line: %j", (data) => {
    expect(text({ data })).toBe("data: a\ndata: b\n\n");
  });

  test("a space at the front of a line survives", () => {
    expect(text({ data: " a\n b" })).toBe("data:  a\ndata:  b\n\n");
    expect(encodeTight({ id: "7f3a-3", data: "a\n b" }).toString()).toBe("id:7f3a-3\ndata:a\ndata:  b\n\n");
  });

  test.each(["a\nb", "a\rb", "a\0b"])("an id or a name that would break out of its line is refused: %j", (field) => {
    expect(() => text({ id: field, data: "" })).toThrow(TypeError);
    expect(() => text({ event: field, data: "" })).toThrow(TypeError);
  });
});

describe("a reader's parser", () => {
  test("gets exactly one event with exactly the fragment, whatever was published", () => {
    const published = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: "binary" }),
      fc.constantFrom("\r", "\n\n", "id: x\n", "\r\ndata: y"),
    );
    fc.assert(
      fc.property(published, (data) => {
        const fragment = appendTo("feed", `<li>${String(JSON.stringify(data as Json)).replaceAll("<", "&lt;")}</li>`);
        const raw = appendTo("feed", typeof data === "string" ? data : JSON.stringify(data));
        for (const html of [fragment, raw]) {
          for (const encode of [encodeEvent, encodeTight]) {
            const events = parse(encode({ id: "a-b-c-1", data: html }));
            expect(events).toEqual([{ id: "a-b-c-1", event: undefined, data: lineFeeds(html) }]);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

/** What UTF-8 and the event stream make of a text: a lone surrogate is U+FFFD, and each line end is LF. */
function lineFeeds(html: string): string {
  return Buffer.from(html)
    .toString()
    .replaceAll(/\r\n|\r/g, "\n");
}

function parse(bytes: Buffer): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => events.push(event) }).feed(bytes.toString());
  return events;
}
