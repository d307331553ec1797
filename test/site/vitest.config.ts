/** On its own, without the tools that other tests drive: an author needs no Chromium and no Redis. */
import { join } from "node:path";

/** What authors import is the source: there need not be a build. */
const brooklet = (file: string) => join(import.meta.dirname, "../../src", file);

export default {
  resolve: {
    alias: { "brooklet/testing": brooklet("testing/testing.ts"), brooklet: brooklet("brooklet.ts") },
  },
  cacheDir: "../../node_modules/.vite",
  test: { include: ["**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
};
