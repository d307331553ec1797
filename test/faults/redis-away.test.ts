import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/browser.ts";
import { scrape } from "../support/figures.ts";
import { Raw } from "../support/raw.ts";
import { atMost } from "./at-most.ts";
import { Cluster, type Node } from "./cluster.ts";
import { halfOpen } from "./faults.ts";

const ROUNDS = process.env.LONG === "1" ? 20 : 1;
/** On each node: as many as there are turns of the heart, so that one of them has a heartbeat each second. */
const PAGES = 15;
/** All flows again so soon after Redis' return, in ms. */
const FLOWING = 10_000;

const cluster = new Cluster(2, { "widgets/value.eta": "<b><%= data.text %></b>" });
beforeAll(() => cluster.start());
afterAll(() => cluster.stop());

/** Takes Redis away. What it returns brings it back. */
const ABSENCES: Readonly<Record<string, () => Promise<() => Promise<unknown>>>> = {
  killed: async () => {
    await cluster.redis.kill();
    return () => cluster.redis.restart();
  },
  stopped: async () => {
    cluster.redis.pause();
    return async () => cluster.redis.resume();
  },
  "black hole": async () => {
    const ends = cluster.nodes.map(({ redis }) => halfOpen(redis));
    return () => Promise.all(ends.map((end) => end()));
  },
};

test("while Redis is away publishers are told so at once, pages stay and say so, and all goes on when it is back", {
  timeout: ROUNDS * 240_000,
}, async () => {
  const pages = cluster.nodes.flatMap(({ port }) => Array.from({ length: PAGES }, () => open(port)));
  await shown(pages, "first");
  const figures: string[] = [];
  for (const [name, leave] of Object.entries(ABSENCES)) {
    const answers: number[] = [];
    const returns: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      answers.push(...(await absence(pages, leave)));
      returns.push(await timed(() => Promise.all([shown(pages, `${name} ${round}`), ...pages.map(unnoticed)])));
    }
    const [answered, flowed] = [Math.max(...answers), Math.max(...returns)];
    figures.push(
      `${name}: ${answers.length} answers of 503, max ${ms(answered)}, all flows again after max ${ms(flowed)}`,
    );
    expect(answers.length).toBeGreaterThanOrEqual(ROUNDS * cluster.nodes.length);
    expect(flowed).toBeLessThan(atMost(FLOWING));
  }
  for (const page of pages) page.text = "";
  await cluster.redis.cli("flushall");
  const emptied = await timed(async () => {
    await Promise.all(pages.map((page) => page.until('id=value hx-swap=morph:innerHTML><p class="waiting">')));
    await shown(pages, "emptied");
  });
  expect(emptied).toBeLessThan(atMost(FLOWING));
  // Each node has counted what befell it.
  const absences = Object.keys(ABSENCES).length * ROUNDS;
  const counted = await Promise.all(cluster.nodes.map(({ metricsPort }) => scrape(metricsPort)));
  for (const [i, figures] of counted.entries()) {
    const refusals = ["broker_unavailable", "outcome_unknown"].map(
      (code) => figures.get(`brooklet_refusals_total{code="${code}"}`) ?? 0,
    );
    expect(refusals[0]! + refusals[1]!).toBe(cluster.nodes[i]!.refused);
    // A machine that is busy enough may lose it once more, and finds it again.
    expect(figures.get("brooklet_log_losses_total")).toBeGreaterThanOrEqual(absences);
    expect(figures.get("brooklet_log_reachable")).toBe(1);
    expect(figures.get("brooklet_streams")).toBe(PAGES);
    // Where Redis was killed, as often as it was, and where it was emptied.
    expect(figures.get('brooklet_resets_total{reason="log_replaced"}')).toBe((ROUNDS + 1) * PAGES);
  }
  for (const { socket } of pages) {
    expect(socket.readyState).toBe("open");
    socket.destroy();
  }
  console.log(
    `Redis away from 2 nodes with ${pages.length} pages, which stay: ${figures.join("; ")}; emptied: all is anew after ${ms(emptied)}`,
  );
});

function open(port: number): Raw {
  return new Raw(port).send("GET /events?regions=value HTTP/1.1", "Host: localhost", "", "");
}

/** From when Redis has gone to when it is back. @returns how long each publisher waited for its answer */
async function absence(pages: readonly Raw[], leave: () => Promise<() => Promise<unknown>>): Promise<number[]> {
  for (const page of pages) page.text = "";
  const comeBack = await leave();
  const over = new AbortController();
  const refusals = cluster.nodes.map((node) => refused(node, over.signal));
  await Promise.all(pages.map((page) => page.until("may be old")));
  for (const page of pages) page.text = "";
  // Each node's heart goes on.
  const beating = () => cluster.nodes.every((_, i) => pages.slice(i * PAGES, (i + 1) * PAGES).some(beats));
  await eventually(beating, (is) => is);
  over.abort();
  const times = await Promise.all(refusals);
  for (const page of pages) page.text = "";
  await comeBack();
  return times.flat();
}

/** Publishes again and again, and nothing is taken. @returns how long each answer took */
async function refused(node: Node, over: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  while (!over.aborted) {
    times.push(await timed(async () => expect(await node.publish("value", { text: "refused" })).toBe(503)));
  }
  return times;
}

/** Resolves once each node takes what is published, and each page shows it. */
async function shown(pages: readonly Raw[], text: string): Promise<void> {
  const { nodes } = cluster;
  await Promise.all(nodes.map((node) => node.flowing(atMost(FLOWING))));
  expect(await nodes[0]!.publish("value", { text })).toBe(201);
  await Promise.all(pages.map((page) => page.until(`<b>${text}</b>`)));
}

/** Resolves once there is nothing to say any more. */
function unnoticed(page: Raw): Promise<string> {
  return page.until("id=_notice hx-swap=innerHTML></hx-partial>");
}

function beats({ text }: Raw): boolean {
  return text.includes("<hx-partial id=_pulse ");
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

function ms(time: number): string {
  return `${Math.round(time)} ms`;
}
