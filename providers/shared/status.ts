import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

let engine: EngineClient | undefined;

/**
 * Shows a line that replaces the one before: a status message (`ephemeral`) of the engine, which no log keeps and the end of a run does
 * not repeat. A display without a terminal prints each one, so nothing is sent in a pipeline. A line that is lost is no failure.
 *
 * Pulumi passes the engine's address to the host of dynamic providers, which does not use it (npm @pulumi/pulumi 3.248.0,
 * the main module of cmd/dynamic-provider). A provider does not know its URN, so the Pulumi CLI shows the line beside the stack
 * (pulumi/pulumi v3.260.0, pkg/backend/display/progress.go: "associate it with the stack").
 */
export function showStatus(
  name: string,
  text: string,
  { argv, env }: Pick<NodeJS.Process, "argv" | "env"> = process,
): void {
  const [, host = "", ...given] = argv;
  const address = given.find((argument) => /^[^-/]\S*:\d+$/.test(argument));
  if (isPipeline(env) || !/[\\/]dynamic-provider\b/.test(host) || address === undefined) return;
  engine ??= new EngineClient(address, credentials.createInsecure());
  const request = new LogRequest();
  request.setSeverity(LogSeverity.INFO);
  request.setMessage(`[${name}] ${text}`);
  request.setEphemeral(true);
  engine.log(request, () => undefined);
}

/** GitHub Actions and most others set CI, Azure Pipelines TF_BUILD. */
const isPipeline = (env: NodeJS.ProcessEnv): boolean =>
  (env["CI"] ?? "") !== "" || (env["TF_BUILD"] ?? "") !== "";
