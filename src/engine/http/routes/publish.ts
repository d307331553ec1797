import type Router from "@koa/router";
import type { Context } from "koa";
import type { Tokens } from "../../access/tokens.ts";
import type { Broker } from "../../broker/broker.ts";
import { parseCursor } from "../../core/cursor.ts";
import { decodeUtf8, JsonText } from "../../core/json.ts";
import { LIMITS } from "../../core/limits.ts";
import { OneByOne } from "../../core/one-by-one.ts";
import { Problem } from "../../core/problem.ts";
import { parseTopic, type Topic } from "../../core/topic.ts";
import { Turns } from "../../core/turns.ts";
import { logBusy } from "../../log/failure.ts";
import type { Tracing } from "../../ops/tracing.ts";
import { mediaType, readBody } from "../request/body.ts";
import { etagOf, ifMatch } from "../request/etag.ts";
import { idempotencyKey } from "../request/idempotency.ts";
import type { PublishRate } from "../request/publish-rate.ts";
import { requireToken } from "../request/token.ts";
import { itemOf, topicBehind } from "../request/topic-path.ts";

/** What has more lines than this is large: what is made of its text on the way to the log is many times as much as that. */
const MANY_LINES = 100;
/** So many large ones wait for the one that is on its way. */
const MAX_LARGE_WAITING = 16;

export interface PublishParts {
  readonly broker: Broker;
  readonly tokens: Tokens;
  readonly rate: PublishRate;
  readonly tracing: Tracing;
}

export function publishRoutes(router: Router, { broker, tokens, rate, tracing }: PublishParts): void {
  const path = /^\/publish(?:\/.*)?$/;
  router.use(path, (ctx, next) => tracing.request(ctx.method, ctx.headers, next));
  const turns = new Turns();
  const large = new OneByOne(MAX_LARGE_WAITING, logBusy);

  router.post(path, async (ctx) => {
    const topic = topicOf(ctx);
    const token = requireToken(ctx, tokens, "publish", topic);
    const count = rate.admit(ctx, token);
    const item = itemOf(ctx);
    const type = mediaType(ctx);
    if (type !== "application/json" && type !== "application/x-ndjson") {
      throw new Problem(
        415,
        "media_type_unsupported",
        "Send JSON with Content-Type: application/json, or one value a line with application/x-ndjson.",
      );
    }
    const body = await readBody(ctx, LIMITS.bodyBytes);
    const options = { key: idempotencyKey(ctx, token, body), ...ifMatch(ctx, topic, item) };
    const text = decodeUtf8(body);
    if (type === "application/json") {
      const id = await broker.publish([{ topic, data: JsonText.read(text), item }], options);
      answer(ctx, { id, topic });
    } else {
      const publishLines = async () => {
        const values = await parseLines(text, turns);
        count(values.length - 1); // the request is one of them
        const publications = values.map(({ data }) => ({ topic, data, item }));
        const id = await broker.publish(publications, options).catch((error) => {
          throw error.status === 422 ? atLine(values[error.index ?? 0]?.line, error) : error;
        });
        return { id, count: values.length };
      };
      const many = text.split("\n", MANY_LINES + 1).length > MANY_LINES;
      const done = await (many ? large.run(publishLines) : publishLines());
      answer(ctx, done);
    }
  });

  router.delete(path, async (ctx) => {
    const topic = topicOf(ctx);
    const token = requireToken(ctx, tokens, "remove", topic);
    rate.admit(ctx, token);
    const item = itemOf(ctx);
    const options = { key: idempotencyKey(ctx, token), ...ifMatch(ctx, topic, item) };
    const id = item === undefined ? broker.clear(topic, options) : broker.remove(topic, item, options);
    ctx.body = { id: await id, topic };
  });
}

/**
 * Answers without Koa, which would look several times at what it is given. The ETag says how the topic, or the item, stands then, so
 * that its publisher can go on from there.
 */
function answer(ctx: Context, body: { readonly id: string; readonly [about: string]: unknown }): void {
  const { res } = ctx;
  const { log, seq } = parseCursor(body.id)!;
  ctx.respond = false;
  res.statusCode = 201;
  res.setHeader("Content-Type", "application/json; charset=utf-8");
  res.setHeader("ETag", etagOf(`${log}-${seq}`));
  res.end(JSON.stringify(body));
}

function topicOf(ctx: Context): Topic {
  return ctx.path === "/publish" ? parseTopic("feed") : topicBehind("/publish/", ctx);
}

async function parseLines(text: string, turns: Turns): Promise<{ data: JsonText; line: number }[]> {
  const values: { data: JsonText; line: number }[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    if (!turns.isMine) await turns.take();
    try {
      values.push({ data: JsonText.read(line), line: index + 1 });
    } catch (error) {
      throw atLine(index + 1, error);
    }
    if (values.length > LIMITS.ndjsonLines) {
      throw new Problem(400, "json_limits", `There are more than ${LIMITS.ndjsonLines} lines. Send fewer at once.`);
    }
  }
  if (values.length === 0) throw new Problem(400, "json_invalid", "The body is empty. Send one JSON value a line.");
  return values;
}

/** The same error, with the line that it is about. */
function atLine(line: number | undefined, error: unknown): unknown {
  if (line === undefined || !(error instanceof Problem)) return error;
  const { status, code, message, ...rest } = error;
  return new Problem(status, code, `Line ${line}: ${message}`, { ...rest, cause: error.cause });
}
