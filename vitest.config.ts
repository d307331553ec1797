export default {
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/tools.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};
