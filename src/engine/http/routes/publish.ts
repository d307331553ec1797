import { createHash, timingSafeEqual } from "node:crypto";
import type Router from "@koa/router";
import type { Context } from "koa";
import type { Broker } from "../../broker/broker.ts";
import { decodeUtf8, JsonText } from "../../core/json.ts";
import { OneByOne } from "../../core/one-by-one.ts";
import { Problem } from "../../core/problem.ts";
import { type ItemName, parseItem, parseTopic, type Topic } from "../../core/topic.ts";
import { Turns } from "../../core/turns.ts";
import { logBusy } from "../../log/failure.ts";
import { mediaType, readBody } from "../request/body.ts";
import { idempotencyKey } from "../request/idempotency.ts";

const MAX_BODY_BYTES = 256 * 1024;
const MAX_LINES = 10_000;
/** What has more lines than this is large: what is made of its text on the way to the log is many times as much as that. */
const MANY_LINES = 100;
/** So many large ones wait for the one that is on its way. */
const MOST_LARGE = 16;

export function publishRoutes(router: Router, broker: Broker, token: string | undefined): void {
  // The path is taken apart here: the router would decode it, and not refuse what it cannot decode.
  const path = /^\/publish(?:\/.*)?$/;
  const turns = new Turns();
  const large = new OneByOne(MOST_LARGE, logBusy);

  router.post(path, async (ctx) => {
    authorize(ctx, token);
    const topic = topicOf(ctx);
    const item = itemOf(ctx);
    const type = mediaType(ctx);
    if (type !== "application/json" && type !== "application/x-ndjson") {
      throw new Problem(
        415,
        "media_type_unsupported",
        "Send JSON with Content-Type: application/json, or one value a line with application/x-ndjson.",
      );
    }
    const body = await readBody(ctx, MAX_BODY_BYTES);
    const key = idempotencyKey(ctx, body);
    const text = decodeUtf8(body);
    ctx.status = 201;
    if (type === "application/json") {
      ctx.body = { id: await broker.publish([{ topic, data: JsonText.read(text), item }], { key }), topic };
    } else {
      const publishLines = async () => {
        const values = await parseLines(text, turns);
        const publications = values.map(({ data }) => ({ topic, data, item }));
        const id = await broker.publish(publications, { key }).catch((error) => {
          throw error.status === 422 ? atLine(values[error.index ?? 0]?.line, error) : error;
        });
        return { id, count: values.length };
      };
      const many = text.split("\n", MANY_LINES + 1).length > MANY_LINES;
      ctx.body = await (many ? large.run(publishLines) : publishLines());
    }
  });

  router.delete(path, async (ctx) => {
    authorize(ctx, token);
    const topic = topicOf(ctx);
    const item = itemOf(ctx);
    const options = { key: idempotencyKey(ctx) };
    const id = item === undefined ? broker.clear(topic, options) : broker.remove(topic, item, options);
    ctx.body = { id: await id, topic };
  });
}

function topicOf(ctx: Context): Topic {
  if (ctx.path === "/publish") return parseTopic("feed");
  // Each segment by itself, so that an encoded slash is no separator.
  const segments = ctx.path.slice("/publish/".length).split("/").map(decodeSegment);
  return parseTopic(segments.join("/"));
}

function decodeSegment(text: string): string {
  try {
    const segment = decodeURIComponent(text);
    if (!segment.includes("/")) return segment;
  } catch {}
  throw new Problem(
    400,
    "topic_invalid",
    "The topic's percent-encoding is malformed. No character of a topic needs any.",
  );
}

function itemOf(ctx: Context): ItemName | undefined {
  const item = new URLSearchParams(ctx.querystring).get("item");
  return item === null ? undefined : parseItem(item);
}

async function parseLines(text: string, turns: Turns): Promise<{ data: JsonText; line: number }[]> {
  const values: { data: JsonText; line: number }[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    await turns.take();
    try {
      values.push({ data: JsonText.read(line), line: index + 1 });
    } catch (error) {
      throw atLine(index + 1, error);
    }
    if (values.length > MAX_LINES) {
      throw new Problem(400, "json_limits", `There are more than ${MAX_LINES} lines. Send fewer at once.`);
    }
  }
  if (values.length === 0) throw new Problem(400, "json_invalid", "The body is empty. Send one JSON value a line.");
  return values;
}

/** The same error, with the line that it is about. */
function atLine(line: number | undefined, error: unknown): unknown {
  if (line === undefined || !(error instanceof Problem)) return error;
  const { status, code, message, headers, detail, cause } = error;
  return new Problem(status, code, `Line ${line}: ${message}`, { headers, detail, cause });
}

/** Lets pass who may publish. @throws Problem 401 `token_missing`, `token_invalid` */
export function authorize(ctx: Context, token: string | undefined): void {
  if (token === undefined) return;
  const given = /^Bearer +(\S+) *$/i.exec(ctx.get("Authorization"))?.[1];
  if (given === undefined) {
    throw new Problem(401, "token_missing", "Send the header Authorization: Bearer <PUBLISH_TOKEN>.", {
      headers: { "WWW-Authenticate": 'Bearer realm="publish"' },
    });
  }
  // Hashes have one length, which timingSafeEqual needs, and tell nothing of the token's.
  if (!timingSafeEqual(sha256(given), sha256(token))) {
    throw new Problem(401, "token_invalid", "The token is not the server's PUBLISH_TOKEN.", {
      headers: { "WWW-Authenticate": 'Bearer realm="publish", error="invalid_token"' },
    });
  }
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
