import { Server, ServerCredentials } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { showStatus } from "../../providers/shared/status";

/** An engine that records log requests. */
async function startEngine() {
  const received: { message: string; isEphemeral: boolean }[] = [];
  let heard: () => void = () => undefined;
  const next = new Promise<void>((resolve) => (heard = resolve));
  const server = new Server();
  server.addService(EngineService as never, {
    log: (call: { request: LogRequest }, done: (error: null, answer: Empty) => void) => {
      received.push({ message: call.request.getMessage(), isEphemeral: call.request.getEphemeral() });
      done(null, new Empty());
      heard();
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { address: `127.0.0.1:${port}`, received, next, stop: () => server.forceShutdown() };
}

const host = ["node", "/sdk/cmd/dynamic-provider/index.js"];

it("sends a line that no log keeps to the engine whose address the provider's host got", async () => {
  const engine = await startEngine();
  // Not sent: a pipeline, whose log would have each of them, and a process that is no provider.
  for (const env of [{ CI: "true" }, { TF_BUILD: "True" }])
    showStatus("job", "not shown", { argv: [...host, engine.address], env });
  showStatus("job", "not shown", { argv: ["node", "/bin/jest", engine.address], env: {} });
  showStatus("job", "waits for nodes", { argv: [...host, engine.address], env: {} });
  await engine.next;
  expect(engine.received).toEqual([{ message: "[job] waits for nodes", isEphemeral: true }]);
  engine.stop();
});

it("does not fail without an engine", () => {
  expect(() => showStatus("job", "text", { argv: host, env: {} })).not.toThrow();
});
