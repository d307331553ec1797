import type { Broker } from "../engine/broker/broker.ts";
import { JsonText } from "../engine/core/json.ts";
import { type ItemName, parseItem, type Topic } from "../engine/core/topic.ts";
import type { Draft } from "../engine/log/record.ts";

/**
 * The topic that lists the conversations which are being answered, so that a node can find those whose node has died: an item
 * for
 * each, named by its id. The ids are secrets, so the topic has a name that `parseTopic` refuses: nobody outside can ask for it.
 */
const ANSWERS = "_answers" as Topic;
/** More than can be answered at once. */
const MOST = 100_000;

/** Adds a conversation to the list. */
export function entry(id: string): Draft {
  return { op: "publish", topic: ANSWERS, item: parseItem(id), json: new JsonText("null"), retain: MOST };
}

/** Takes it away again. */
export function removal(id: string): Draft {
  return { op: "remove", topic: ANSWERS, item: parseItem(id) };
}

/** The ids in the list. */
export async function entries(broker: Pick<Broker, "record">): Promise<string[]> {
  const { values } = await broker.record(ANSWERS);
  return [...values.keys()].map((key) => key.slice(1) as ItemName);
}
