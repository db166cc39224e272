import { execFileSync } from "node:child_process";
import * as path from "node:path";

const root = path.resolve(__dirname, "..", "..");

/** Runs a script in a process that has preloaded the compiled module; returns its standard output. */
function run(script: string): string {
  const preload = path.join(root, "dist", "program", "deferModules.js");
  return execFileSync(process.execPath, ["--no-warnings", `--require=${preload}`, "--eval", script], {
    cwd: root,
    encoding: "utf8",
  });
}

const loaded = `const loaded = (name) => Object.keys(require.cache).some((file) => file.includes("/node_modules/" + name + "/"));`;

describe("deferModules", () => {
  it("loads the Pulumi SDK without TypeScript and arborist", () => {
    const script = `${loaded} require("@pulumi/pulumi"); console.log(loaded("typescript"), loaded("@npmcli/arborist"));`;
    expect(run(script)).toBe("false false\n");
  });

  it("loads Pulumi's program runner without OpenTelemetry until it traces", () => {
    const script = `${loaded} const tracing = require("@pulumi/pulumi/cmd/run/tracing");
      const before = loaded("@opentelemetry/sdk-trace-node");
      tracing.start("http://127.0.0.1:9411/api/v2/spans");
      console.log(before, loaded("@opentelemetry/sdk-trace-node"), tracing.newSpan("step").isRecording());
      process.exit();`;
    expect(run(script)).toBe("false true true\n");
  });

  it("loads TypeScript when the SDK serializes a function", () => {
    const script = `${loaded} const { runtime } = require("@pulumi/pulumi");
      const captured = 41;
      runtime.serializeFunction(() => captured + 1).then(({ text }) => console.log(text.includes("captured: 41"), loaded("typescript")));`;
    expect(run(script)).toBe("true true\n");
  });

  it("does not change what other importers load", () => {
    const script = `console.log(typeof require("typescript").createSourceFile, require("typescript") === require("typescript"));`;
    expect(run(script)).toBe("function true\n");
  });
});
