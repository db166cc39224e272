import type { PipelineRequest } from "@azure/core-rest-pipeline";
import { planRun } from "../../../operations/contract/plan";
import { createRecorder } from "../../../operations/contract/recorder";
import { runContract, type RunResult } from "../../../operations/contract/run";
import { TABLE } from "../../../operations/contract/table";
import type { Target } from "../../../operations/contract/target";
import { fakeCloud, type Reply } from "../../azureml/support";

export const TARGET: Target = {
  subscriptionId: "3f2b6c1e-8d4a-4b7e-9c55-0a1b2c3d4e5f",
  resourceGroup: "rg-of-a-person",
  location: "westeurope",
  runId: "abc123",
};

export interface FakeRun extends RunResult {
  /** `METHOD path` of every request, in order. */
  sent: string[];
}

/** A server that accepts everything, except where `reply` answers. */
export function acceptingServer(request: PipelineRequest): Reply {
  const path = new URL(request.url).pathname;
  if (request.method === "DELETE") return { status: 204 };
  if (request.method === "GET" && path.endsWith("/resourceGroups/rg-of-a-person")) {
    return { status: 200, body: { id: path, name: "rg-of-a-person", location: "westeurope" } };
  }
  const body = { id: path, name: path.split("/").at(-1), properties: { provisioningState: "Succeeded" } };
  return { status: request.method === "PUT" ? 201 : 200, body };
}

/** Runs the assumptions against a function that answers requests. */
export async function runAgainst(
  only: readonly string[],
  reply: (request: PipelineRequest) => Reply | undefined,
  options: { withGpu?: boolean; signal?: AbortSignal; onProgress?: (line: string) => void } = {},
): Promise<FakeRun> {
  const fake = fakeCloud((request) => reply(request) ?? acceptingServer(request));
  const result = await runContract({
    session: fake.session,
    target: TARGET,
    plan: planRun(TABLE, { withGpu: options.withGpu ?? false, only }),
    recorder: createRecorder(fake.client),
    pollMs: 1,
    signal: options.signal,
    onProgress: options.onProgress,
  });
  const sent = fake.sent.map(({ method, url }) => `${method} ${new URL(url).pathname}`);
  return { ...result, sent };
}
