const { availableParallelism } = require("node:os");

/** Packages that ship ES modules only; Jest runs CommonJS, so they are compiled on the way in. */
const esmOnly = ["hyparquet", "hyparquet-writer", "hyparquet-compressors", "hysnappy"];

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/tests"],
  testMatch: ["**/*.test.ts"],
  transform: {
    "^.+\\.[tj]s$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join("|")})/)`, "<rootDir>/dist/"],
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
  testTimeout: 60_000,
  // Much of a test's time is waiting for processes it has started: Jest's own default leaves one of two processors idle.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  workerIdleMemoryLimit: "1GB",
  testSequencer: "<rootDir>/tests/sequencer.js",
};
