export default {
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/tools.ts"],
    // Vitest's own patience of a second is less than a machine may take that others use, too.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};
