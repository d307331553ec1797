import type { Random } from "./random.ts";

/** What reads a text that anyone may send. */
export interface Reader {
  /** Of what such texts are made. */
  readonly parts: readonly string[];
  /** In characters. */
  readonly length: number;
  /** What such a text is put into, before it is read. */
  readonly within?: (text: string) => string;
  readonly read: (text: string) => unknown;
}

/** A text that is built of few parts, of which those in the middle are repeated until it is long enough. */
interface Recipe {
  readonly head: readonly string[];
  readonly again: readonly string[];
  readonly tail: readonly string[];
}

/** Without a better one for so many tries, it begins elsewhere. */
const PATIENCE = 40;
const KEPT = 5;

/** CPU time of all threads of the process while something is done, in milliseconds. */
export async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  return since(before);
}

/** The same of what is done at once. */
export function cpu(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  return since(before);
}

/** Of several measurements, in milliseconds of CPU time: what else the machine does can only add to it. */
export function leastCpu(work: () => unknown): number {
  return Math.min(...Array.from({ length: 11 }, () => cpu(work)));
}

function since(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/**
 * Looks for texts that take long to read, by changing one that does a little, again and again, for so many milliseconds of
 * CPU time; then measures the slowest ones anew.
 */
export function slowest(
  { parts, length, within = (text) => text, read }: Reader,
  random: Random,
  budget: number,
): { text: string; ms: number } {
  const found: { text: string; ms: number }[] = [];
  const end = process.cpuUsage().user + budget * 1_000;
  while (process.cpuUsage().user < end) {
    let recipe: Recipe = {
      head: some(parts, random, 0, 3),
      again: some(parts, random, 1, 6),
      tail: some(parts, random, 0, 2),
    };
    let best = { text: "", ms: 0 };
    for (let vain = 0; vain < PATIENCE && process.cpuUsage().user < end; vain++) {
      const changed = best.ms === 0 ? recipe : change(recipe, parts, random);
      const text = within(cook(changed, length));
      const ms = Math.min(
        cpu(() => read(text)),
        best.ms > 0 ? cpu(() => read(text)) : Number.POSITIVE_INFINITY,
      );
      if (ms <= best.ms) continue;
      if (ms > 1.05 * best.ms) vain = 0;
      [recipe, best] = [changed, { text, ms }];
    }
    found.push(best);
    found.sort((a, b) => b.ms - a.ms).splice(KEPT);
  }
  const again = found.map(({ text }) => ({ text, ms: leastCpu(() => read(text)) }));
  return again.sort((a, b) => b.ms - a.ms)[0]!;
}

/** A text as it can be read in a line of a report: what is repeated, once. */
export function inShort(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 50)}…${text.slice(-5)}` : text);
}

function some(parts: readonly string[], random: Random, least: number, most: number): string[] {
  return Array.from({ length: random.from(least, most) }, () => random.pick(parts));
}

function change(recipe: Recipe, parts: readonly string[], random: Random): Recipe {
  const name = random.pick(["head", "again", "again", "again", "again", "tail"] as const);
  const changed = [...recipe[name]];
  const at = random.from(0, changed.length);
  const kind = random.from(0, 3);
  if (kind === 0) changed.splice(at, 0, random.pick(parts));
  else if (kind === 1) changed.splice(at, 1, random.pick(parts));
  else if (kind === 2) changed.splice(at, 1);
  else changed.splice(at, 0, ...changed.slice(random.from(0, at), at));
  if (name === "again" && (changed.length === 0 || changed.length > 40)) return recipe;
  return { ...recipe, [name]: changed };
}

function cook({ head, again, tail }: Recipe, length: number): string {
  const [begin, middle, end] = [head.join(""), again.join(""), tail.join("")];
  const times = Math.max(1, Math.floor((length - begin.length - end.length) / middle.length));
  return `${begin}${middle.repeat(times)}${end}`.slice(0, length);
}
