import { afterAll, beforeAll, expect, test } from "vitest";
import { useChromium } from "../support/browser.ts";
import { Program } from "../support/program.ts";
import { Templates, views } from "./board.ts";
import { CALM, Convergence } from "./convergence.ts";
import { pageFaults, serverFaults } from "./faults.ts";
import { Ordeal } from "./ordeal.ts";
import { visit } from "./visit.ts";

const LONG = process.env.LONG === "1";
const SEED = Number(process.env.SEED ?? 20_290_611);
const SCHEDULES = Number(process.env.SCHEDULES ?? (LONG ? 100 : 9));
const PAGES = 5;

const chromium = useChromium();
const program = new Program(views(1));
beforeAll(() => program.start());
afterAll(() => program.dispose());

const title = `after kills, cuts, 5xx, deploys and the rest, every page ends as a fresh page (${SCHEDULES} schedules)`;
test(title, { timeout: SCHEDULES * 120_000 }, async () => {
  const server = { program, templates: new Templates([program]) };
  const visits = await Promise.all(Array.from({ length: PAGES }, () => visit(chromium, program)));
  const convergence = new Convergence(visits, [program.origin]);
  const known = [...Object.keys(serverFaults), ...CALM];
  for (let seed = SEED; seed < SEED + SCHEDULES; seed++) {
    await convergence.run(seed, (scene) => ({
      pages: visits.map((visit) => new Ordeal(scene(), visit, pageFaults)),
      servers: [new Ordeal(scene(), server, serverFaults, known)],
    }));
  }
  await Promise.all(visits.map(({ proxy }) => proxy.close()));
  console.log(`convergence, seed ${SEED}, ${SCHEDULES} schedules ${convergence.figures}`);
  expect(convergence.diverged).toEqual([]);
  expect(program.complaints).toBe("");
  expect(convergence.compared).toBe(SCHEDULES * PAGES);
});
