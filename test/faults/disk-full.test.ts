import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { LmdbLog } from "../../src/engine/log/lmdb/lmdb-log.ts";
import { eventually, normalised, normalisedHtml, opened, shows, streamed, useChromium } from "../support/browser.ts";
import { Program } from "../support/program.ts";
import { SmallDisk } from "../support/small-disk.ts";
import { atMost } from "./at-most.ts";

const MIB = 16;
const BALLAST = 8 * 2 ** 20;
const PUBLISHERS = 16;
/** How often in a row each publisher is refused before the disk counts as full: a smaller batch may fit where others did not. */
const REFUSALS = 20;
/** And is taken before it counts as having room again. */
const TAKEN = 5;
const TEXT = "x".repeat(20_000);
/** It keeps so many that none is dropped to make room. */
const STORE = '---\nkind: log\nkeep: 10000\n---\n<li id="<%= id %>"><%= data.name %></li>';
const COUNTER =
  'import { every } from "brooklet";\nlet count = 0;\nexport default every(1_000, () => ({ count: ++count }));\n';

const chromium = useChromium();
const program = new Program(
  { "widgets/store.eta": STORE, "pages/store.eta": '<h1>Store</h1><%~ live("store") %><%~ live("counter") %>' },
  { sources: { "counter.ts": COUNTER } },
);
const disk = SmallDisk.mount(program.dataDir, MIB);
beforeAll(async () => {
  if (typeof disk !== "string") await program.start();
});
afterAll(async () => {
  await program.stop("SIGKILL");
  if (typeof disk !== "string") disk.unmount();
  await program.dispose();
});

/** Publishes one value after the other; what was refused is not sent again. */
class Publisher {
  readonly acknowledged: string[] = [];
  readonly refused: string[] = [];
  readonly answers = new Set<string>();
  /** How often in a row it got the same answer. */
  streak = 0;
  stopped = false;
  readonly #name: string;
  #last = "";

  constructor(name: string) {
    this.#name = name;
  }

  get isRefused(): boolean {
    return this.#last.startsWith("507") && this.streak >= REFUSALS;
  }

  get isTaken(): boolean {
    return this.#last.startsWith("201") && this.streak >= TAKEN;
  }

  async run(): Promise<void> {
    for (let i = 0; !this.stopped; i++) {
      const name = `${this.#name}-${i}`;
      const answer = await this.#publish(name);
      (answer === "201" ? this.acknowledged : this.refused).push(name);
      this.streak = answer === this.#last ? this.streak + 1 : 1;
      this.#last = answer;
      this.answers.add(answer);
      if (answer !== "201") await new Promise((resolve) => setTimeout(resolve, 50)); // as whoever is asked to make room
    }
  }

  async #publish(name: string): Promise<string> {
    const body = JSON.stringify({ name, text: TEXT });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${program.origin}/publish/store`, { method: "POST", headers, body });
    const { code } = (await response.json()) as { code?: string };
    return code === undefined ? String(response.status) : `${response.status} ${code}`;
  }
}

test(`a disk of ${MIB} MiB that is full refuses publishers and nobody else; with room again all goes on by itself`, {
  timeout: 240_000,
}, async ({ skip }) => {
  if (typeof disk === "string") return skip(disk);
  disk.fill(BALLAST);
  const page = await chromium.open(`${program.origin}/store`);
  await opened(page);
  const publishers = Array.from({ length: PUBLISHERS }, (_, i) => new Publisher(`p${i}`));
  const running = Promise.all(publishers.map((publisher) => publisher.run()));
  const sum = (of: "acknowledged" | "refused") => publishers.reduce((sum, publisher) => sum + publisher[of].length, 0);
  const all = (of: "isRefused" | "isTaken") => eventually(() => publishers.every((one) => one[of]), Boolean, 60_000);

  await all("isRefused");
  const atFull = sum("acknowledged");
  program.write({ "widgets/store.eta": STORE.replace("data.name", '"full: " + data.name') });
  await shows(page, "#store li", "full: ");
  expect(await storeOf(page)).toBe(await freshStore());
  expect((await freshStore()).split("<li").length - 1).toBe(atFull);
  const refusedAtFull = sum("refused");

  const [freed, time] = [performance.now(), await page.locator("#counter b").innerText()];
  disk.makeRoom();
  const answers = () => [...new Set(publishers.flatMap((publisher) => [...publisher.answers]))].sort();
  await eventually(
    () => ({ more: sum("acknowledged") - atFull, answers: answers() }),
    ({ more }) => more > 0,
    30_000,
  );
  const first = performance.now() - freed;
  await all("isTaken");
  for (const publisher of publishers) publisher.stopped = true;
  await running;
  const settled = performance.now();
  await eventually(async () => (await storeOf(page)) === (await freshStore()), Boolean, atMost(20_000));
  const right = performance.now() - settled;
  // What a source could not publish meanwhile it takes up again, too.
  await eventually(
    () => page.locator("#counter b").innerText(),
    (now) => now !== time,
    60_000,
  );
  expect(await streamed(page)).toMatchObject({ open: 1 });
  await page.close();

  await program.stop("SIGKILL");
  const log = await LmdbLog.open({ dir: program.dataDir });
  const { values } = await log.read(parseTopic("store"));
  await log.close();
  const there = [...values.values()].map(({ json }) => (json.value as { name: string }).name);
  const lost = publishers.flatMap(({ acknowledged }) => acknowledged).filter((name) => !there.includes(name)).length;
  const ghosts = publishers.flatMap(({ refused }) => refused).filter((name) => there.includes(name)).length;
  console.log(
    `disk of ${MIB} MiB: full after ${atFull} publishes, ${refusedAtFull} refused with 507 and then room again: ` +
      `the first taken after ${first.toFixed(0)} ms, the open page right ${right.toFixed(0)} ms after the last; ` +
      `acknowledged ${sum("acknowledged")}, lost ${lost}, ghosts ${ghosts}`,
  );
  expect(answers()).toEqual(["201", "507 log_full"]);
  expect({ lost, ghosts, there: there.length }).toEqual({ lost: 0, ghosts: 0, there: sum("acknowledged") });
});

function storeOf(page: Page): Promise<string> {
  return normalised(page, "#store");
}

async function freshStore(): Promise<string> {
  const response = await fetch(`${program.origin}/store`);
  expect(response.status).toBe(200);
  const [, list] = /<ul id="store"[^>]*>(.*?)<\/ul>/s.exec(await response.text())!;
  return normalisedHtml(list!);
}
