/** @type {import("jest").Config} The long sweeps: `npm run test:long`. */
module.exports = {
  ...require("./jest.config.js"),
  testMatch: ["**/*.long.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  // Whole runs on a busy machine.
  testTimeout: 3_600_000,
};
