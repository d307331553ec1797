import { join } from "node:path";

/** What authors import is the source: there need not be a build. */
const brooklet = (file: string) => join(import.meta.dirname, "src", file);

export default {
  resolve: {
    alias: { "brooklet/testing": brooklet("testing/testing.ts"), brooklet: brooklet("brooklet.ts") },
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/tools.ts"],
    // Vitest's own patience of a second is less than a machine may take that others use, too.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};
