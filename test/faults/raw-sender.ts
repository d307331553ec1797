import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import type { Sender } from "./earnest-requests.ts";
import { Random } from "./random.ts";
import { session } from "./wild-frames.ts";
import { endless, pipeline, type Wild, wildPipeline } from "./wild-requests.ts";

/** Where raw bytes go. */
export interface Target {
  readonly port: number;
  readonly secure: boolean;
  readonly senders: readonly Sender[];
}

export interface Tally {
  requests: number;
  connections: number;
  answers: number;
  readonly statuses: Map<string, number>;
  /** The numbers of connections that did not end; whose requests were not all answered; that told of a path or a stack. */
  readonly stuck: number[];
  readonly short: number[];
  readonly leaks: number[];
}

const CONNECTIONS = 40;
/** How long a connection is waited for that says nothing, and may say nothing more: by some for long, by others hardly. */
const QUIET_MS = [0, 5, 50, 500, 500];
/** In which every connection has ended that has to. */
const STUCK_MS = 60_000;
const ROOT = join(import.meta.dirname, "..", "..");

/** Sends so many requests. A connection is the same for the same seed and number, but for the moment at which it is left. */
export async function send(targets: readonly Target[], seed: number, requests: number): Promise<Tally> {
  const lists = { stuck: [], short: [], leaks: [] };
  const tally: Tally = { requests: 0, connections: 0, answers: 0, statuses: new Map(), ...lists };
  const sender = async () => {
    while (tally.requests < requests) await sendOne(targets, seed, tally.connections++, tally);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sender));
  return tally;
}

async function sendOne(targets: readonly Target[], seed: number, number: number, tally: Tally): Promise<void> {
  const random = new Random(seed + number);
  const target = random.pick(targets);
  const { wild, protocol, whole } = choose(random, target);
  tally.requests += wild.requests;

  // What should be TLS is not, at times.
  const bare = target.secure && random.next() < 0.02;
  const wire = connect(target.port, "127.0.0.1").on("error", () => {});
  const options = { socket: wire, rejectUnauthorized: false, ALPNProtocols: [protocol] };
  const socket: Socket = target.secure && !bare ? connectTls(options).on("error", () => {}) : wire;
  const hasToEnd = whole && !bare;
  const quietMs = hasToEnd ? STUCK_MS : protocol === "h2" ? random.from(0, 100) : random.pick(QUIET_MS);

  let quiet: NodeJS.Timeout | undefined;
  const wait = () => {
    clearTimeout(quiet);
    quiet = setTimeout(leave, quietMs);
  };
  const leave = () => {
    if (hasToEnd) tally.stuck.push(number);
    if (random.next() < 0.5) wire.resetAndDestroy();
    else wire.destroy();
  };

  let answers = 0;
  let last = false;
  let tail = "";
  socket.on("data", (bytes: Buffer) => {
    wait();
    const before = tail.length;
    const text = tail + bytes.toString("latin1");
    tail = text.slice(-50);
    // As it is in a path: the documents speak of the folder.
    if (text.includes("/node_modules/") || text.includes(ROOT)) tally.leaks.push(number);
    last ||= /\r\nconnection: close\r\n/i.test(text);
    if (protocol === "h2") return;
    for (const { 0: head, 1: status, index } of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
      if (index + head.length <= before) continue;
      answers++;
      tally.statuses.set(status!, (tally.statuses.get(status!) ?? 0) + 1);
    }
    if (answers === wild.requests && !hasToEnd) leave();
  });
  socket.write(wild.bytes);
  wait();
  await new Promise((resolve) => wire.once("close", resolve)); // a reset is an end like any other
  clearTimeout(quiet);
  tally.answers += answers;
  // Whoever says that an answer is the last one may give no other; and over TLS, Node's parser takes no more while it waits
  // for a reader, and calls what comes all the same a mistake.
  if (hasToEnd && !target.secure && answers !== wild.requests && !last) tally.short.push(number);
}

/** @returns `whole`: each of its requests has an answer, and the last one ends the connection */
function choose(random: Random, { secure, senders }: Target): { wild: Wild; protocol: string; whole: boolean } {
  const sender = random.pick(senders);
  const kind = random.next();
  const protocol = secure && random.next() < 0.5 ? "h2" : "http/1.1";
  if (protocol === "h2") return { wild: session(random, random.from(1, 60), sender), protocol, whole: false };
  if (kind < 0.7) return { wild: pipeline(random, random.from(1, 30), sender), protocol, whole: true };
  if (kind < 0.95) return { wild: wildPipeline(random, 20, sender), protocol, whole: false };
  return { wild: endless(random, sender), protocol, whole: false };
}
