import { parseTopic } from "../../src/engine/core/topic.ts";
import type { Log } from "../../src/engine/log/log.ts";

/** A list that forgets nothing of what is published here. */
export const VIEWS = {
  "widgets/kept.eta": '---\nkind: log\nkeep: 10000\n---\n<li id="<%= id %>"><%= data.id %></li>',
};

/** What a publisher was told: the id of what is kept now, or why nothing is known or done. */
export type Told = { readonly id: string } | { readonly code: string };

/** Publishes `{id: name}` under a key of that name. */
export async function publish(origin: string, topic: string, name: string): Promise<Told> {
  const headers = { "content-type": "application/json", "idempotency-key": name };
  const body = JSON.stringify({ id: name });
  try {
    const response = await fetch(`${origin}/publish/${topic}`, { method: "POST", headers, body });
    return (await response.json()) as Told;
  } catch {
    return { code: "cut" };
  }
}

/** The seq of a publisher's id. */
export function seqOf(id: string): number {
  return Number(id.split("-").at(-1));
}

/** All that these topics hold: the id in each value's data to the seqs under which it is there. */
export async function seqs(log: Log, topics: readonly string[]): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const topic of topics) {
    const { values } = await log.read(parseTopic(topic));
    for (const { json, seq } of values.values()) {
      const { id } = json.value as { id: string };
      found.set(id, [...(found.get(id) ?? []), seq]);
    }
  }
  return found;
}
