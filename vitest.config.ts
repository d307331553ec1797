import { join } from "node:path";

/** What authors import is the source: there need not be a build. */
const brooklet = (file: string) => join(import.meta.dirname, "src", file);

const BROWSER = ["test/**/browser/**/*.test.ts"];
const FAULTS = ["test/faults/**/*.test.ts"];

/** Each has a process of its own: what is given other modules, waits as others told it to, or counts all that its process holds. */
const SEPARATE = [
  "test/demo/sources/vitals.test.ts",
  "test/engine/broker/stale.test.ts",
  "test/engine/core/file-watch.test.ts",
  "test/engine/ops/tracing.test.ts",
  "test/engine/sources/*.test.ts",
];
/** Each has the machine to itself: pages are told by a clock that they are lost, and a machine that is busy is late. */
const ALONE = ["asking", "first-light", "wake"].map((name) => `test/browser/${name}.test.ts`);

interface Stage {
  include: string[];
  exclude?: string[];
  maxWorkers: number;
  isolate: boolean;
}

/**
 * Most files of a stage share a few processes, as modules take longer to load than most tests to run.
 * @param groupOrder those of one number run together, and before those of the next
 */
const stage = (name: string, groupOrder: number, { exclude = [], ...rest }: Stage) => ({
  extends: true as const,
  test: { name, exclude: ["**/node_modules/**", ...exclude], sequence: { groupOrder }, ...rest },
});

export default {
  resolve: {
    alias: { "brooklet/testing": brooklet("testing/testing.ts"), brooklet: brooklet("brooklet.ts") },
  },
  test: {
    globalSetup: ["test/support/tools.ts"],
    // Vitest's own patience, of a second and of five, is less than a machine may take that others use, too.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      stage("unit", 0, {
        include: ["test/**/*.test.ts"],
        exclude: [...SEPARATE, ...BROWSER, ...FAULTS],
        maxWorkers: 2,
        isolate: false,
      }),
      stage("separate", 0, { include: SEPARATE, maxWorkers: 2, isolate: true }),
      stage("browser", 1, { include: BROWSER, exclude: ALONE, maxWorkers: 2, isolate: false }),
      stage("alone", 2, { include: [...ALONE, ...FAULTS], maxWorkers: 1, isolate: true }),
    ],
  },
};
