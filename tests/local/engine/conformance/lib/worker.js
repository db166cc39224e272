// A process in which one operation of the embedded engine after another runs: loading the engine and the SDK once for all
// of them is most of what a run of a small program would cost. Messages in: { id, run, cloud?, file? }; out: { id, … }.
const path = require("node:path");
const repository = path.resolve(__dirname, "../../../../..");
const { runOperation } = require(path.join(repository, "dist/local/engine/run.js"));
const { serve } = require("../../toy/plugin.js");

// What a failed program leaves behind may reject after its run is over; runs tell their own failures.
process.on("unhandledRejection", () => undefined);

async function run({ run: options, cloud }) {
  const attached = cloud === undefined ? undefined : await serve(cloud);
  const env = attached ? { ...options.env, PULUMI_DEBUG_PROVIDERS: `toy:${attached.port}` } : options.env;
  const events = [];
  try {
    const result = await runOperation({
      ...options,
      env,
      display: "silent",
      onEvent: (event) => events.push(event),
    });
    return { result, events };
  } catch (error) {
    return { events, thrown: { message: error.message, exitCode: error.exitCode ?? 255 } };
  } finally {
    attached?.stop();
  }
}

process.on("message", (message) => {
  void run(message).then((answer) => process.send({ id: message.id, ...answer }));
});
