/** On its own, without the tools that other tests drive: an author needs no Chromium and no Redis. */
export default {
  cacheDir: "../../node_modules/.vite",
  test: { include: ["**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
};
