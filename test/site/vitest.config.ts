/** On its own, without the tools that other tests drive: an author needs no Chromium and no Redis. */
export default { test: { include: ["**/*.test.ts"] } };
