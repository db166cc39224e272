import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Client, credentials } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { Callback } from "@pulumi/pulumi/proto/callback_pb";
import { LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { RegisterPackageRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { callerOf, type Fields } from "../../../../local/engine/plugin/rpc";
import { fromStruct } from "../../../../local/engine/values/struct";
import { signatureKey, signatures, unknownValue } from "../../../../local/engine/values/values";
import { Bench, type Run } from "../harness";
import { inlineProgram } from "../inlineProgram";

type Registration = Fields<RegisterResourceRequest>;

/** A connection of an inline program, with its most frequent calls. */
function connect(address: string) {
  const client = new Client(address, credentials.createInsecure());
  const call = callerOf(client, ResourceMonitorService);
  const log = callerOf(client, EngineService);
  const register = async (type: string, name: string, more: Registration = {}) => {
    const answer = await call("registerResource", {
      type,
      name,
      custom: !/^(box|pulumi:pulumi):/.test(type),
      ...more,
    });
    return { urn: answer.getUrn(), id: answer.getId(), outputs: fromStruct(answer.getObject()) };
  };
  return { call, log, register, close: () => client.close() };
}

describe("the resource monitor", () => {
  const bench = new Bench("plugin");
  afterAll(() => bench.remove());
  const asked = `${bench.cloudFile}.gadget`;
  const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    ...{ ...bench.env, PATH: `${join(bench.root, "bin")}:${process.env.PATH}`, ...more },
  });
  const gadget = "gadget:index:Gadget";
  const asset = { [signatureKey]: signatures.asset, path: "index.js" };

  /** Runs an inline program; `asked` contains the calls to the gadget plugin. */
  const run = async (
    program: (monitor: ReturnType<typeof connect>) => Promise<unknown>,
    options: { operation?: "up" | "preview"; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Run & { asked: string[] }> => {
    rmSync(asked, { force: true });
    const result = await bench.run(options.operation ?? "up", {
      env: env(options.env),
      startProgram: inlineProgram(async ({ monitorAddress, project, stack }) => {
        const monitor = connect(monitorAddress);
        try {
          await monitor.register("pulumi:pulumi:Stack", `${project}-${stack}`);
          await program(monitor);
          await monitor.call("signalAndWaitForShutdown", {});
        } finally {
          monitor.close();
        }
      }),
    });
    return { ...result, asked: existsSync(asked) ? readFileSync(asked, "utf8").trim().split("\n") : [] };
  };
  const provider = (
    name: string,
  ): { inputs?: unknown; outputs?: unknown; urn?: string; id?: string } | undefined =>
    bench.state.resources.find(
      (resource) => resource.urn.includes("pulumi:providers:") && resource.urn.endsWith(`::${name}`),
    );

  test("records the requested plugin in the inputs of a provider, as the Pulumi CLI does", async () => {
    const done = await bench.config({ "gadget:region": "west" }).run("destroy", { env: env() });
    expect(done.result).toBe("succeeded");
    const result = await run(async ({ register }) => {
      const properties = {
        object: { region: "east" },
        version: "2.0.0",
        plugindownloadurl: "https://plugins.example.com/",
      };
      const explicit = await register("pulumi:providers:gadget", "mine", properties);
      await register(gadget, "one", { provider: `${explicit.urn}::${explicit.id}` });
      await register(gadget, "two", { version: "1.2.3", plugindownloadurl: "https://plugins.example.com/x" });
      await register(gadget, "three");
    });
    expect(result.errors).toEqual([]);
    const internal = { pluginDownloadURL: "https://plugins.example.com" };
    expect(provider("mine")).toMatchObject({
      inputs: { region: "east", version: "2.0.0", __internal: internal },
      outputs: { region: "east", version: "2.0.0" },
    });
    expect(provider("mine")?.outputs).not.toHaveProperty("__internal");
    expect(provider("default")).toMatchObject({
      inputs: { region: "west", __internal: {} },
      outputs: { region: "west" },
    });
    expect(provider("default_1_2_3_https_/plugins.example.com/x")).toMatchObject({
      inputs: {
        region: "west",
        version: "1.2.3",
        __internal: { pluginDownloadURL: "https://plugins.example.com/x" },
      },
    });
    expect(bench.resource("three")?.provider).toBe(`${provider("default")?.urn}::${provider("default")?.id}`);
  });

  test("children inherit their parent's provider for the same package, or one of a component's providers map", async () => {
    const result = await run(async ({ register }) => {
      const east = await register("pulumi:providers:gadget", "east", { object: { region: "east" } });
      const reference = `${east.urn}::${east.id}`;
      const box = await register("box:index:Box", "box", { providersMap: new Map([["gadget", reference]]) });
      const inner = await register("box:index:Box", "inner", { parent: box.urn });
      const first = await register(gadget, "first", { parent: inner.urn });
      expect(first.outputs).toMatchObject({ region: "east" });
      const versioned = await register(gadget, "versioned", { version: "1.2.3" });
      await register(gadget, "child", { parent: versioned.urn, version: "4.5.6" });
    });
    expect(result.errors).toEqual([]);
    expect(bench.resource("first")?.provider).toContain("::east::");
    expect(bench.resource("child")?.provider).toBe(bench.resource("versioned")?.provider);
  });

  test("a preview makes no calls to a provider whose configuration is not known yet", async () => {
    const result = await run(
      async ({ register, call }) => {
        const late = await register("pulumi:providers:gadget", "late", {
          object: { region: "west", pace: unknownValue },
        });
        expect(late.id).toBe("");
        const reference = `${late.urn}::${unknownValue}`;
        const made = await register(gadget, "new", { provider: reference, object: { size: 1 } });
        expect(made).toMatchObject({ id: "", outputs: {} });
        const changed = await register(gadget, "versioned", { provider: reference, object: { size: 1 } });
        expect(changed.id).not.toBe("");
        const answer = await call("invoke", {
          tok: "gadget:index:echo",
          args: { word: "hi" },
          provider: reference,
        });
        expect(fromStruct(answer.getReturn())).toEqual({});
      },
      { operation: "preview" },
    );
    expect(result.errors).toEqual([]);
    expect(result.asked.filter((line) => !/configure (west|east)/.test(line))).toEqual([]);
    const warnings = result.events.flatMap((event) => (event.kind === "diagnostic" ? [event.message] : []));
    expect(warnings.join("\n")).toContain("configuration is not known yet");
  });

  test("returns the failures of a function, leaves out unknown arguments and rejects built-in functions", async () => {
    const result = await run(async ({ register, call }) => {
      const made = await register(gadget, "seen", { object: { size: 3 } });
      const ask = async (
        tok: string,
        args: Parameters<typeof fromStruct>[0] extends never ? never : object,
      ) => call("invoke", { tok, args: args as never });
      const refused = await ask("gadget:index:echo", { word: "bad" });
      expect(refused.getFailuresList().map((failure) => failure.toObject())).toEqual([
        { property: "word", reason: "is bad" },
      ]);
      expect(fromStruct((await ask("gadget:index:echo", { word: unknownValue })).getReturn())).toEqual({});
      await expect(ask("pulumi:pulumi:getResource", { urn: made.urn })).rejects.toThrow(
        /does not support the function pulumi:pulumi:getResource; use the Pulumi CLI/,
      );
    });
    expect(result.errors).toEqual([]);
    expect(provider("default")).toBeDefined();
  });

  test.each<[string, RegExp, (monitor: ReturnType<typeof connect>) => Promise<unknown>]>([
    ["transforms", /transforms \(the older option/, ({ call }) => call("registerStackTransform", {})],
    [
      "transforms of function calls",
      /transforms of function calls/,
      ({ call }) => call("registerStackInvokeTransform", {}),
    ],
    ["resource hooks", /resource hooks/, ({ call }) => call("registerResourceHook", {})],
    ["error hooks", /error hooks/, ({ call }) => call("registerErrorHook", {})],
    [
      "packages",
      /parameterised packages/,
      ({ call }) => call("registerPackage", {} as Fields<RegisterPackageRequest>),
    ],
    ["methods", /methods of remote components/, ({ call }) => call("call", { tok: "x:index:f" })],
    [
      "remote components",
      /remote components/,
      ({ register }) => register("box:index:Box", "b", { remote: true }),
    ],
    [
      "transforms of one resource",
      /Box "b": transforms are not/,
      ({ register }) => register("box:index:Box", "b", { transformsList: [new Callback()] }),
    ],
    [
      "the option replaceWith",
      /Box "b": the resource option replaceWith/,
      ({ register }) => register("box:index:Box", "b", { replaceWithList: ["urn:x"] }),
    ],
    [
      "functions of a package without a plugin",
      /plugin of package "absent" .* was not found.*Pulumi CLI/s,
      ({ call }) => call("invoke", { tok: "absent:index:word", args: {} }),
    ],
    [
      "assets",
      /assets and archives/,
      ({ register }) => register(gadget, "holder", { object: { file: asset } }),
    ],
    [
      "reads of existing resources",
      /Gadget "seen": .* does not read existing resources/,
      ({ call }) => call("readResource", { type: gadget, name: "seen", id: "1" }),
    ],
  ])("%s are rejected by name, and the SDK ends without an error of its own", async (_what, message, use) => {
    const result = await run(async (monitor) => {
      await use(monitor).catch((error: unknown) => expect(error).toMatchObject({ code: 14 }));
      await expect(monitor.register(gadget, "later")).rejects.toMatchObject({ code: 14 });
    });
    expect(result).toMatchObject({ result: "failed", exitCode: 1 });
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]).toMatch(message);
    expect(result.errors[0]).toContain("Pulumi CLI");
  });

  test("passes on messages of programs and providers except debug messages", async () => {
    const result = await run(async ({ log }) => {
      for (const severity of [LogSeverity.DEBUG, LogSeverity.INFO, LogSeverity.WARNING] as const)
        await log("log", { severity, message: `level ${severity}` });
      await log("setRootResource", { urn: "urn:root" });
      expect((await log("getRootResource", {})).getUrn()).toBe("urn:root");
    });
    const messages = result.events.flatMap((event) =>
      event.kind === "diagnostic" ? [`${event.severity} ${event.message}`] : [],
    );
    expect(messages).toEqual(["info level 1", "warning level 2"]);
  });

  test("names a plugin that dies during the run and includes its last output", async () => {
    const crash = { env: { GADGET_MODE: "crash" } };
    const result = await run(({ register }) => register(gadget, "fatal").catch(() => undefined), crash);
    expect(result).toMatchObject({ result: "failed" });
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]).toMatch(
      /plugin of package "gadget", started as .* ended with exit code 5 in the middle of the run.*refresh.*out of memory/s,
    );
    expect(bench.resource("fatal")).toBeUndefined();
  });

  test("attaches to a running provider, sends it the engine's address, and leaves it running", async () => {
    const mine = spawn(join(bench.root, "bin/pulumi-resource-gadget"), [], {
      cwd: bench.project,
      env: env(),
    });
    const [port] = await new Promise<string[]>((resolve) =>
      mine.stdout.once("data", (data) => resolve(String(data).split("\n"))),
    );
    try {
      const attached = { env: { PATH: process.env.PATH, PULUMI_DEBUG_PROVIDERS: `gadget:${port}` } };
      const result = await run(async ({ register }) => register(gadget, "debugged"), attached);
      expect(result.errors).toEqual([]);
      expect(result.asked).toEqual(
        expect.arrayContaining([expect.stringMatching(/^attach 127\.0\.0\.1:\d+$/)]),
      );
      expect(bench.resource("debugged")?.id).toContain(String(mine.pid));
      expect(mine.exitCode).toBeNull();
    } finally {
      mine.kill("SIGKILL");
    }
  });
});
