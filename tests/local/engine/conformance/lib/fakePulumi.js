// Replaces the Pulumi CLI where there is none, to test the driver of the real one. It accepts the same
// arguments (and rejects all others), runs the embedded engine, and writes its events in Pulumi's format.
// With FAKE_LIES it reports a step that did not happen, which the comparison must detect.
const fs = require("node:fs");
const path = require("node:path");
const { parseArgs } = require("node:util");
const repository = path.resolve(__dirname, "../../../../..");
const { main: cli } = require(path.join(repository, "dist/local/engine/cli.js"));
const { runOperation } = require(path.join(repository, "dist/local/engine/run.js"));

const text = { type: "string" };
const flag = { type: "boolean" };
const several = { type: "string", multiple: true };
const options = {
  ...{ stack: text, "event-log": text, color: text, parallel: text, target: several, replace: several },
  ...{ yes: flag, "skip-preview": flag, "non-interactive": flag, refresh: flag, "expect-no-changes": flag },
  ...{ "continue-on-error": flag, "target-dependents": flag, json: flag, "show-secrets": flag },
};

/**
 * An event of the embedded engine as in Pulumi's log, which also reports replacements and the outputs of
 * components.
 */
function translate(event) {
  const metadata = (op) => ({ metadata: { op, urn: event.step.urn, type: event.step.type } });
  switch (event.kind) {
    case "step-started": {
      const { operation } = event.step;
      const replaced = operation === "create-replacement" ? [{ resourcePreEvent: metadata("replace") }] : [];
      return [{ resourcePreEvent: metadata(operation) }, ...replaced];
    }
    case "step-done": {
      const { operation, type } = event.step;
      const before = operation === "same" ? [{ resourcePreEvent: metadata("same") }] : [];
      const outputs = { resOutputsEvent: metadata(operation) };
      return [...before, outputs, ...(/^toy:index:Group/.test(type) ? [outputs] : [])];
    }
    case "step-failed":
      return [{ resOpFailedEvent: { ...metadata(event.step.operation), status: 0, steps: 0 } }];
    case "diagnostic": {
      const message = `<{%reset%}>${event.message}<{%reset%}>\n`;
      return [{ diagnosticEvent: { message, severity: event.severity, color: "never" } }];
    }
    case "summary":
      return [{ summaryEvent: { resourceChanges: event.counts, maybeCorrupt: false, durationSeconds: 0 } }];
    default:
      return [];
  }
}

async function main() {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [command, what] = positionals;
  if (command === "version") return console.log("v3.0.0-fake");
  const cwd = process.cwd();
  if (command === "stack" && what === "init") return;
  if (command === "stack" && what === "output") {
    process.exitCode = await cli(["outputs", "--json", "--show-secrets", "--stack", values.stack]);
    return;
  }
  let sequence = 0;
  const write = (event) => {
    const line = JSON.stringify({ sequence: sequence++, timestamp: 0, ...event });
    fs.appendFileSync(values["event-log"], `${line}\n`);
  };
  if (values["event-log"] && process.env.PULUMI_DEBUG_COMMANDS !== "true")
    throw new Error("unknown flag: --event-log");
  const result = await runOperation({
    operation: command,
    stack: values.stack,
    cwd,
    display: "silent",
    refresh: values.refresh,
    expectNoChanges: values["expect-no-changes"],
    continueOnError: values["continue-on-error"],
    targets: values.target,
    targetDependents: values["target-dependents"],
    replace: values.replace,
    ...(values.parallel ? { parallel: Number(values.parallel) } : {}),
    onEvent: (event) => translate(event).forEach(write),
  });
  if (process.env.FAKE_LIES) {
    write({
      resourcePreEvent: { metadata: { op: "update", urn: "urn:pulumi:dev::proj::toy:index:Thing::lie" } },
    });
  }
  process.exitCode = result.exitCode;
}

main().catch((error) => {
  console.error(`error: ${error.message}`);
  process.exitCode = error.exitCode ?? 255;
});
