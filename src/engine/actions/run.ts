import { createHash } from "node:crypto";
import { backFrom } from "../access/authorize.ts";
import { checkedCookie, type GivenCookie } from "../access/given-cookie.ts";
import type { Broker } from "../broker/broker.ts";
import type { Json, JsonText } from "../core/json.ts";
import { ownAddress } from "../core/own-address.ts";
import { regionOf } from "../core/region.ts";
import { parseItem, parseTopic } from "../core/topic.ts";
import { type IdempotencyKey, PRESS_KEY } from "../log/idempotency-key.ts";
import type { Action, ActionContext, Next } from "./action.ts";
import { Changes } from "./changes.ts";
import { readFields, sentFields } from "./fields.ts";
import { PageChange } from "./page-change.ts";

/** One press of a form's button. */
export interface Press {
  readonly form: URLSearchParams;
  /**
   * Names this very press: the same again is the same press, sent twice. Each change that it makes is kept in the log under a
   * key that is made of it, so that it is made once, whichever nodes the two came to. Undefined where that is not known.
   */
  readonly id: string | undefined;
  readonly visitor: (name?: string) => string;
  readonly user: object | undefined;
  readonly address: string;
  readonly page: Pick<ActionContext["page"], "address" | "query" | "params">;
}

/** What came of a press that was taken. */
export interface Outcome {
  /** What it changes on the page besides its form. */
  readonly change: PageChange | undefined;
  readonly cookies: readonly GivenCookie[];
}

export type ActionBroker = Pick<Broker, "publish" | "update" | "remove" | "clear" | "latest">;

/**
 * Runs an action.
 * @throws Problem of what it refuses, or of what refuses it; and whatever else the author's function throws
 */
export async function runAction(action: Action, press: Press, broker: ActionBroker): Promise<Outcome> {
  const fields = await readFields(action.fields, sentFields(press.form));
  const keyOf = changeKeys(press.id);
  const changes = new Changes();
  const cookies: GivenCookie[] = [];
  const go = (address: string) => new PageChange({ kind: "go", address });
  const change =
    <Given extends unknown[]>(make: (...given: Given) => Promise<void>) =>
    (...given: Given) =>
      changes.begin(make(...given));
  const context: ActionContext<unknown> = {
    fields,
    publish: change(async (topic: string, data: unknown, { item }: { item?: string } = {}) => {
      const named = item === undefined ? undefined : parseItem(item);
      await broker.publish([{ topic: parseTopic(topic), data: data as Json, item: named }], {
        key: keyOf("publish", topic, item),
      });
    }),
    // biome-ignore lint/suspicious/noExplicitAny: a schema, if there is one, checks what comes of it
    update: change(async (topic: string, ...rest: [Next<any>] | [string, Next<any>]) => {
      const [item, next] = rest.length === 1 ? [undefined, rest[0]] : [parseItem(rest[0]), rest[1]];
      const made = (value: Json | undefined) => next(value) as Json | JsonText | undefined | Promise<Json | undefined>;
      await broker.update(parseTopic(topic), made, { item, key: keyOf("update", topic, item) });
    }),
    remove: change(async (topic: string, item: string) => {
      await broker.remove(parseTopic(topic), parseItem(item), { key: keyOf("remove", topic, item) });
    }),
    clear: change(async (topic: string) => {
      await broker.clear(parseTopic(topic), { key: keyOf("clear", topic) });
    }),
    latest: (topic) => broker.latest(parseTopic(topic)) as Promise<never>,
    visitor: press.visitor,
    user: press.user,
    setCookie: (name, value, { days = 1 } = {}) => void cookies.push(checkedCookie({ name, value, days })),
    address: press.address,
    page: {
      ...press.page,
      go: (address) => go(ownAddress(address, "page.go()")),
      back: () => go(backFrom(press.page.address)),
      join: (topic, params) => new PageChange({ kind: "join", region: regionOf(parseTopic(topic), params) }),
    },
  };
  const result = await action.run(context);
  await changes.settle();
  return { change: result instanceof PageChange ? result : undefined, cookies };
}

/** For each change that a press makes, a key: of the same change of the same topic once more, another. */
function changeKeys(press: string | undefined): (...change: (string | undefined)[]) => IdempotencyKey | undefined {
  const made = new Map<string, number>();
  return (...change) => {
    if (press === undefined) return undefined;
    const what = createHash("sha256").update(JSON.stringify(change)).digest("base64url").slice(0, 22);
    const count = made.get(what) ?? 0;
    made.set(what, count + 1);
    return { name: `${PRESS_KEY}${press}/${what}/${count}`, fingerprint: press };
  };
}
