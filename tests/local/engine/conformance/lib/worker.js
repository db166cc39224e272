// A process that runs operations of the embedded engine one after another. Loading the engine and the SDK
// takes most of the time of a small program, so they are loaded once for all operations. Messages in: { id,
// run, cloud?, inline? }. With `cloud`, this process serves the toy provider. With `inline` (the program's
// file and configuration), it also runs the program. Messages out: { id, events, result } or { id, events,
// thrown }.
const { spawn } = require("node:child_process");
const path = require("node:path");
const repository = path.resolve(__dirname, "../../../../..");
const { runOperation } = require(path.join(repository, "dist/local/engine/run.js"));
const { LanguageServer } = require("@pulumi/pulumi/automation/server");
const { getStore } = require("@pulumi/pulumi/runtime/state");
const { serve } = require("../../toy/plugin.js");

// Promises of a failed program may reject after its run has ended. The run has already reported its failure.
process.on("unhandledRejection", () => undefined);
process.env.TOY_HOME = path.dirname(require.resolve("../../toy/plugin.js"));

/**
 * Starts a program file in this process with the SDK's own language server, as the automation API runs inline
 * programs. A program in its own process ends when the engine reports to the SDK that the run is stopping, so
 * this one does too.
 */
const startInline =
  ({ file, config, secretKeys }) =>
  (host, _children, address) => {
    delete require.cache[require.resolve(file)];
    const request = {
      getArgsList: () => [address],
      getProject: () => host.project.name,
      getStack: () => host.stack,
      getParallel: () => host.parallel,
      getMonitorAddress: () => address,
      getDryrun: () => host.dryRun,
      getOrganization: () => "organization",
      getConfigMap: () => new Map(Object.entries(config)),
      getConfigsecretkeysList: () => secretKeys,
    };
    const ended = new Promise((resolve) => {
      let watch;
      const server = new LanguageServer(async () => {
        const store = getStore();
        watch = setInterval(() => store.terminated && end(new Error("the run is stopping")), 20);
        const program = require(file);
        return typeof program === "function" ? program() : program;
      });
      const end = (error) => {
        clearInterval(watch);
        if (error && !host.stopping)
          host.emit({ kind: "diagnostic", severity: "error", message: error.message });
        resolve(!error);
      };
      void server.run({ request }, end);
    });
    return { ended, stop: () => undefined };
  };

const hosts = new Map();

/**
 * The port of the dynamic-provider host of a project. The host starts on first use and ends with this
 * process.
 */
function dynamicHost(project, env) {
  const start = () =>
    new Promise((resolve) => {
      const child = spawn(
        process.execPath,
        [require.resolve("@pulumi/pulumi/cmd/dynamic-provider"), "127.0.0.1:1"],
        {
          ...{ cwd: project, env, stdio: ["ignore", "pipe", "inherit"] },
        },
      );
      process.once("exit", () => child.kill("SIGKILL"));
      child.stdout.once("data", (text) => resolve(Number(text)));
    });
  if (!hosts.has(project)) hosts.set(project, start());
  return hosts.get(project);
}

async function run({ run: options, cloud, dynamic, inline }) {
  const attached = cloud === undefined ? undefined : await serve(cloud);
  const plugins = attached ? [`toy:${attached.port}`] : [];
  if (dynamic) plugins.push(`pulumi-nodejs:${await dynamicHost(options.cwd, options.env)}`);
  const env = {
    ...options.env,
    ...(plugins.length > 0 ? { PULUMI_DEBUG_PROVIDERS: plugins.join(",") } : {}),
  };
  const events = [];
  try {
    const result = await runOperation({
      ...options,
      env,
      display: "silent",
      onEvent: (event) => events.push(event),
      ...(inline ? { startProgram: startInline(inline) } : {}),
    });
    return { result, events };
  } catch (error) {
    return { events, thrown: { message: error.message, exitCode: error.exitCode ?? 255 } };
  } finally {
    attached?.stop();
  }
}

process.once("disconnect", () => process.exit());
process.on("message", (message) => {
  void run(message).then((answer) => process.send({ id: message.id, ...answer }));
});
