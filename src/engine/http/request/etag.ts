import type { Context } from "koa";
import { Problem } from "../../core/problem.ts";
import type { ItemName, Topic } from "../../core/topic.ts";
import type { AppendOptions } from "../../log/log.ts";
import type { Version } from "../../log/record.ts";

/** The ETag of a topic, or of an item: its version. It is strong, since no two values have the same version. */
export function etagOf(version: Version): string {
  return `"${version}"`;
}

/** The next ETag of a list. */
const TAG = /[ \t,]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?=,|$)/y;
const VERSION = /^[a-z0-9]{1,16}-(0|[1-9]\d{0,14})$/;

/**
 * The expectation that `If-Match` stands for: the topic, or the item, still has the version of one of its ETags; for `*`, it
 * holds any value. Empty where there is no such header.
 * @throws Problem 400 `if_match_invalid`
 */
export function ifMatch(
  ctx: Context,
  topic: Topic,
  item: ItemName | undefined,
): Pick<AppendOptions, "expect" | "refusal"> {
  const header = ctx.headers["if-match"];
  if (header === undefined) return {};
  const tags = tagsOf(header);
  if (tags === "any") return { expect: { topic, item, versions: "any" } };
  if (tags === undefined) throw malformed();
  const strong = tags.filter(({ weak }) => !weak).map(({ text }) => text);
  // A weak ETag never matches: the client would be told each time that it has changed, however often it reads it again.
  if (strong.length === 0) return { refusal: weakOnly() };
  // What cannot be a version never matches.
  return { expect: { topic, item, versions: strong.filter((text): text is Version => VERSION.test(text)) } };
}

/**
 * Whether `If-None-Match` says that the client has what bears this ETag, which is given without its quotes. Not Koa's `fresh`,
 * which takes `Cache-Control: no-cache` for a wish to have it all again: Node's own fetch sends that along with each
 * If-None-Match.
 */
export function isKnown(ctx: Context, tag: string): boolean {
  const tags = tagsOf(ctx.headers["if-none-match"] ?? "");
  return tags === "any" || (tags?.some(({ text }) => text === tag) ?? false);
}

interface Tag {
  readonly text: string;
  readonly weak: boolean;
}

/** @returns undefined for what is no list of ETags */
function tagsOf(header: string): readonly Tag[] | "any" | undefined {
  if (header.trim() === "*") return "any";
  const tags: Tag[] = [];
  let end = 0;
  TAG.lastIndex = 0;
  for (let tag = TAG.exec(header); tag !== null; tag = TAG.exec(header)) {
    tags.push({ text: tag[2]!, weak: tag[1] !== undefined });
    end = TAG.lastIndex;
  }
  return tags.length > 0 && /^[ \t,]*$/.test(header.slice(end)) ? tags : undefined;
}

function malformed(): Problem {
  const title =
    'If-Match is an ETag as it came, in its double quotes, such as If-Match: "7f3a-12"; or several, with commas; or *.';
  return new Problem(400, "if_match_invalid", title);
}

/**
 * HTTP wants strong ones compared; nginx makes weak ones of them as it compresses, and browsers' scripts cannot ask it not to.
 */
function weakOnly(): Problem {
  const title =
    "If-Match has a weak ETag (W/), which is never a match: a proxy made it weak as it compressed the answer. Send the " +
    '"version" of that answer\'s JSON, in double quotes.';
  return new Problem(412, "etag_weak", title);
}
