import type { Broker } from "../engine/broker/broker.ts";
import { JsonText } from "../engine/core/json.ts";
import { type ItemName, parseItem, type Topic } from "../engine/core/topic.ts";
import type { Draft } from "../engine/log/record.ts";

/**
 * The ids of the conversations that are being answered, so that whoever finds one whose answerer has died can say so. A name
 * that `parseTopic` refuses, and without a template: nobody outside can ask for it, since the ids are secrets.
 */
const ANSWERS = "_answers" as Topic;
/** More than can be answered at once. */
const MOST = 100_000;

export function entry(id: string): Draft {
  return { op: "publish", topic: ANSWERS, item: parseItem(id), json: new JsonText("null"), retain: MOST };
}

export function removal(id: string): Draft {
  return { op: "remove", topic: ANSWERS, item: parseItem(id) };
}

export async function entries(broker: Pick<Broker, "record">): Promise<string[]> {
  const { values } = await broker.record(ANSWERS);
  return [...values.keys()].map((key) => key.slice(1) as ItemName);
}
