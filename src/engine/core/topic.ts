import { randomBytes } from "node:crypto";
import { LIMITS } from "./limits.ts";
import { Problem } from "./problem.ts";

declare const checked: unique symbol;
/** A topic's name that has passed {@link parseTopic}. Names from outside become topics in no other way. */
export type Topic = string & { readonly [checked]: "topic" };
/** An item's name that has passed {@link parseItem}. */
export type ItemName = string & { readonly [checked]: "item" };

const TOPIC = /^[a-z0-9-]+(\/[A-Za-z0-9._~-]+)*$/;
/** First segments that would collide with the names of events, which EventSource and the page's own stream use. */
const RESERVED = new Set(["end", "error", "open", "message"]);

/** @throws Problem 400 `topic_invalid` */
export function parseTopic(name: string): Topic {
  if (name.length > LIMITS.topicBytes) throw invalid(`A topic has at most ${LIMITS.topicBytes} characters.`);
  if (!TOPIC.test(name)) {
    throw invalid(
      `A topic is lower-case letters, digits and “-”, then any number of “/” followed by letters, digits or “._~-”, such as price/ACME.${meant(name)}`,
    );
  }
  const segments = name.split("/");
  // URL parsers fold dot segments, so such a topic could never be addressed.
  if (segments.includes(".") || segments.includes("..")) throw invalid("A topic has no segment “.” or “..”.");
  if (RESERVED.has(segments[0]!))
    throw invalid("The names end, error, open and message are reserved. Choose another topic.");
  return name as Topic;
}

/** The topic that a name is, once what a topic cannot have is written otherwise. */
function meant(name: string): string {
  const [first, ...rest] = name.split("/");
  const topic = [first!.toLowerCase().replace(/[^a-z0-9]+/g, "-"), ...rest].join("/");
  return /[a-z0-9]/.test(topic) && TOPIC.test(topic) ? ` Did you mean “${topic}”?` : "";
}

/** The widget that renders a topic: its first segment. */
export function widgetOf(topic: Topic): string {
  const slash = topic.indexOf("/");
  return slash < 0 ? topic : topic.slice(0, slash);
}

const SECRET_BYTES = 16;
/** So many random bytes are drawn at once: each page takes some, and each draw is a call of the system's. */
const DRAWN_BYTES = 4096;
const drawn = { bytes: Buffer.alloc(0), used: 0 };

/** A segment that nobody can guess, for a topic of one visitor's own: 128 random bits. */
export function secretSegment(): string {
  return secretText(SECRET_BYTES);
}

/** A text that nobody can guess, of so many random bytes. */
export function secretText(bytes: number): string {
  if (drawn.used + bytes > drawn.bytes.length) Object.assign(drawn, { bytes: randomBytes(DRAWN_BYTES), used: 0 });
  const start = drawn.used;
  drawn.used += bytes;
  const secret = drawn.bytes.toString("base64url", start, drawn.used);
  drawn.bytes.fill(0, start, drawn.used); // nothing that was given stays in memory here
  return secret;
}

/** Whether a text could have come from {@link secretSegment}. */
export function isSecretSegment(text: string): boolean {
  return /^[\w-]{22}$/.test(text);
}

/** Whether a topic holds some visitor's id, and so is theirs alone. */
export function isPrivate(topic: Topic): boolean {
  return topic.split("/").slice(1).some(isSecretSegment);
}

/** A topic's name without what names a visitor: who reads that could read what is theirs. */
export function publicName(topic: Topic): string {
  return topic
    .split("/")
    .map((segment) => (isSecretSegment(segment) ? "…" : segment))
    .join("/");
}

/**
 * An item's name: 1 to 200 bytes of anything without control characters.
 * @param name undefined where a form was to send one and did not: an author's types do not see that
 * @throws Problem 400 `item_invalid`
 */
export function parseItem(name: string | undefined): ItemName {
  if (name === undefined || name === "") {
    const fix = "Publish an item with a name (?item=…) that is to be replaced or removed.";
    throw new Problem(400, "item_invalid", `This names no item. ${fix}`);
  }
  if (Buffer.byteLength(name) > LIMITS.itemBytes || /[\p{Cc}\p{Cs}]/u.test(name)) {
    throw new Problem(
      400,
      "item_invalid",
      `An item's name has 1 to ${LIMITS.itemBytes} bytes and no control characters.`,
    );
  }
  return name as ItemName;
}

function invalid(title: string): Problem {
  return new Problem(400, "topic_invalid", title);
}
