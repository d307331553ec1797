import type { TestRedis } from "../support/redis.ts";
import type { Templates } from "./board.ts";
import type { Cluster, Node } from "./cluster.ts";
import { type Faults, halfOpen, pageFaults, serverFaults } from "./faults.ts";
import type { Visit } from "./visit.ts";

/** A page may also come to another node, as behind a load balancer. */
export function visitFaults({ nodes }: Cluster): Faults<Visit> {
  return {
    ...pageFaults,
    moved: async ({ random }, { proxy }) => {
      proxy.retarget(random.pick(nodes).port);
      return async () => proxy.reset();
    },
  };
}

export const nodeFaults: Faults<{ program: Node; templates: Templates }> = {
  ...serverFaults,
  nodeStopped: async (_, { program }) => {
    program.pause();
    return async () => program.resume();
  },
  cutOff: async (_, { program }) => halfOpen(program.redis),
  redisReset: async (_, { program: { redis } }) => {
    return async () => redis.reset();
  },
};

export const redisFaults: Faults<TestRedis> = {
  redisStopped: async (_, redis) => {
    redis.pause();
    return async () => redis.resume();
  },
  redisKilled: async (_, redis) => {
    await redis.kill();
    return () => redis.restart();
  },
  redisRestarted: async (_, redis) => {
    await redis.cli("shutdown");
    return () => redis.restart();
  },
  redisEmptied: async (_, redis) => {
    await redis.cli("flushall");
    return async () => {};
  },
};
