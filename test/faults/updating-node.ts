import { Broker } from "../../src/engine/broker/broker.ts";
import { Problem } from "../../src/engine/core/problem.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { RedisLog } from "../../src/engine/log/redis/redis-log.ts";
import { renderer } from "../support/renderer.ts";
import { answering } from "./child.ts";

/** What is counted: how many updates there were, and the sum of what each of them added. */
export type Tally = { count: number; sum: number };

/** Of a node's updates. */
export interface Tallied {
  readonly added: Tally;
  /** How often their functions were called. */
  readonly calls: number;
  /** How many gave up, and added nothing. */
  readonly refused: number;
}

/** A node on the Redis of its first argument. `update(from, to)` adds each of these numbers, 64 at once. */
const [url] = process.argv.slice(2) as [string];
const LANES = 64;
const topic = parseTopic("value");

const log = await RedisLog.open({ url: new URL(url), report: () => {} });
const broker = await Broker.open({ log, renderer: renderer() });
answering({
  async update(from: number, to: number): Promise<Tallied> {
    const added = { count: 0, sum: 0 };
    let [calls, refused, next] = [0, 0, from];
    const lane = async () => {
      while (next < to) {
        const number = next++;
        try {
          await broker.update(topic, (value) => {
            calls++;
            const { count, sum } = (value ?? { count: 0, sum: 0 }) as Tally;
            return { count: count + 1, sum: sum + number };
          });
          added.count++;
          added.sum += number;
        } catch (error) {
          if (!(error instanceof Problem) || error.code !== "update_contended") throw error;
          refused++;
        }
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return { added, calls, refused };
  },
});
console.log("ready");
