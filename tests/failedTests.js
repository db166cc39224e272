const path = require("node:path");

/** Names every failed test once more at the end, where a shortened log still shows it. `.ci/run` collects these lines. */
module.exports = class FailedTests {
  onRunComplete(_contexts, { testResults }) {
    for (const { testFilePath, testResults: tests, testExecError } of testResults) {
      const file = path.relative(path.resolve(__dirname, ".."), testFilePath).replaceAll("\\", "/");
      const failed = tests.filter(({ status }) => status === "failed").map(({ fullName }) => fullName);
      if (testExecError) failed.push("the file could not be run");
      for (const name of failed)
        process.stderr.write(`failed test: ${file}: ${name.replaceAll("\n", " ")}\n`);
    }
  }
};
