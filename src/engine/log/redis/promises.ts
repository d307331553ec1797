import { type RedisLink, Refusal } from "./link.ts";

/** A sentence for the operator that says which promises are weaker because of how Redis is set up; undefined if none is. */
export async function weakerPromises(link: RedisLink): Promise<string | undefined> {
  const names = ["appendonly", "appendfsync", "maxmemory", "maxmemory-policy", "min-replicas-to-write"];
  const settings = await link
    .ask((client) => client.configGet(names))
    .catch((error) => {
      if (!(error instanceof Refusal)) throw error;
    });
  if (settings === undefined) {
    return "Redis does not let its settings be read: that it has appendonly yes and maxmemory-policy noeviction could not be checked.";
  }
  const weaker: string[] = [];
  if (settings.appendonly !== "yes") {
    weaker.push("what was published is lost when Redis is killed (set appendonly yes)");
  } else if (settings.appendfsync !== "always") {
    weaker.push("what was published in the last second can be lost with the machine's power (set appendfsync always)");
  }
  if (settings.maxmemory !== "0" && settings["maxmemory-policy"] !== "noeviction") {
    weaker.push("values go silently when its memory is full (set maxmemory-policy noeviction)");
  }
  const replicated = /^connected_slaves:[1-9]/m.test(await link.ask((client) => client.info("replication")));
  if (replicated && settings["min-replicas-to-write"] === "0") {
    weaker.push(
      "what was published is lost where its replica takes over that has not got it (set min-replicas-to-write 1)",
    );
  }
  return weaker.length === 0 ? undefined : `Redis keeps less than is promised: ${weaker.join("; ")}.`;
}
