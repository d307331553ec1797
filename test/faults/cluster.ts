import { eventually } from "../support/browser.ts";
import { freePort } from "../support/port.ts";
import { Program } from "../support/program.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { TestRedis } from "../support/redis.ts";

/** What a node complains of while Redis is away, and of not being able to start meanwhile. */
export const OF_REDIS = /^(cannot reach Redis at .*|Redis at \S+ refused: LOADING .*)\n/gm;

/** A node as its supervisor runs it: where Redis is away at its start it ends, and is started again. */
export class Node extends Program {
  /** Its own way to Redis. */
  readonly redis: FaultyProxy;
  readonly metricsPort: number;
  /** How many answers of 503 it has given to publishers. */
  refused = 0;

  constructor(views: Record<string, string>, redis: FaultyProxy, metricsPort: number) {
    super(views, { env: { LOG_URL: `redis://127.0.0.1:${redis.port}`, METRICS_PORT: String(metricsPort) } });
    this.redis = redis;
    this.metricsPort = metricsPort;
  }

  override async start(): Promise<void> {
    for (const end = performance.now() + 180_000; ; ) {
      try {
        return await super.start();
      } catch (error) {
        await this.stop("SIGKILL");
        if (performance.now() > end || !String(error).includes("Redis")) throw error;
      }
    }
  }

  override get complaints(): string {
    return super.complaints.replace(OF_REDIS, "");
  }

  /** @returns the answer's status */
  async publish(topic: string, data: unknown): Promise<number> {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(data);
    const response = await fetch(`${this.origin}/publish/${topic}`, { method: "POST", headers, body });
    await response.arrayBuffer();
    if (response.status === 503) this.refused++;
    return response.status;
  }

  /** Resolves once it takes what is published. */
  async flowing(ms: number): Promise<void> {
    await eventually(
      () => this.publish("value", { n: 0, text: "" }),
      (status) => status === 201,
      ms,
    );
  }
}

/** Some nodes on one real Redis that keeps what it has said yes to. */
export class Cluster {
  /** Once it is started, as the rest. */
  nodes: readonly Node[] = [];
  readonly #size: number;
  readonly #views: Record<string, string>;
  #redis: TestRedis | undefined;

  constructor(size: number, views: Record<string, string>) {
    this.#size = size;
    this.#views = views;
  }

  get redis(): TestRedis {
    return this.#redis!;
  }

  get origins(): string[] {
    return this.nodes.map(({ origin }) => origin);
  }

  async start(): Promise<void> {
    const redis = await TestRedis.start(["--appendonly", "yes", "--appendfsync", "always"]);
    this.#redis = redis;
    const ways = await Promise.all(Array.from({ length: this.#size }, () => FaultyProxy.open(redis.port)));
    const ports = await Promise.all(ways.map(freePort));
    this.nodes = ways.map((way, i) => new Node(this.#views, way, ports[i]!));
    await Promise.all(this.nodes.map((node) => node.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.dispose()));
    await Promise.all(this.nodes.map(({ redis }) => redis.close()));
    await this.#redis?.stop();
  }
}
