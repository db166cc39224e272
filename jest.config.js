const { availableParallelism } = require("node:os");

/** Packages that ship ES modules only. Jest runs CommonJS, so they are compiled too. */
const esmOnly = [
  ...["eld", "hyparquet", "hyparquet-writer", "hyparquet-compressors", "hysnappy"],
  ...["@observablehq/plot", "d3(-[a-z-]+)?", "delaunator", "internmap", "isoformat", "robust-predicates"],
];

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/tests"],
  testMatch: ["**/*.test.ts"],
  // `npm run test:long` runs those (jest.long.config.js).
  testPathIgnorePatterns: ["/node_modules/", "\\.long\\.test\\.ts$"],
  transform: {
    "^.+\\.m?[tj]s$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join("|")})/)`, "<rootDir>/dist/"],
  // eld's package.json names no entry for CommonJS.
  moduleNameMapper: { "^eld/(\\w+)$": "<rootDir>/node_modules/eld/src/entries/static.$1.js" },
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
  // Stops a test that hangs. It is no limit on how long a test may take.
  testTimeout: 600_000,
  // Many tests wait for processes they have started: Jest's default leaves one of two processors idle.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  workerIdleMemoryLimit: "1GB",
  testSequencer: "<rootDir>/tests/sequencer.js",
  reporters: ["default", "<rootDir>/tests/failedTests.js"],
};
