import type { Broker } from "../engine/broker/broker.ts";
import { JsonText } from "../engine/core/json.ts";
import { type ItemName, parseItem, type Topic } from "../engine/core/topic.ts";
import type { Draft } from "../engine/log/record.ts";

/**
 * The topic that lists the conversations which are being answered, so that a node can find those whose node has died: an item
 * for each, named by its id. The ids are secrets, so the topic has a name that `parseTopic` refuses: nobody outside can ask for
 * it.
 */
const ANSWERS = "_answers" as Topic;
/** More than can be answered at once. */
const MAX_ANSWERS = 100_000;

/** Adds a conversation to the list. */
export function addAnswer(id: string): Draft {
  return { op: "publish", topic: ANSWERS, item: parseItem(id), json: new JsonText("null"), retain: MAX_ANSWERS };
}

/** Takes it away again. */
export function removeAnswer(id: string): Draft {
  return { op: "remove", topic: ANSWERS, item: parseItem(id) };
}

/** The ids in the list. */
export async function activeAnswers(broker: Pick<Broker, "record">): Promise<string[]> {
  const { values } = await broker.record(ANSWERS);
  return [...values.keys()].map((key) => key.slice(1) as ItemName);
}
