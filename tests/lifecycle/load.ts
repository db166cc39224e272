import { setTimeout as pause } from "node:timers/promises";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { armToken, call, outputs } from "./support";

/**
 * Sends scoring requests to the stack's endpoint, one after the other.
 * @returns stops it and returns the status of every answer.
 */
export async function scoreContinuously(sandbox: Sandbox): Promise<() => Promise<number[]>> {
  const { subscriptionId, resourceGroupName, workspaceName, endpointName, scoringUri } = outputs(sandbox);
  const workspace = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/Microsoft.MachineLearningServices/workspaces/${workspaceName}`;
  const url = `https://127.0.0.1:${sandbox.env["AZUREML_LOCAL_PORT"]}${workspace}/onlineEndpoints/${endpointName}/listKeys?api-version=2025-12-01`;
  const keys = await call(sandbox, "POST", url, { token: await armToken(sandbox) });
  const { primaryKey } = JSON.parse(keys.body) as { primaryKey: string };
  const body = {
    input_data: { input_string: [{ role: "user", content: "Hello!" }], parameters: { max_new_tokens: 4 } },
  };
  const statuses: number[] = [];
  let isRunning = true;
  const client = (async () => {
    while (isRunning) {
      statuses.push((await call(sandbox, "POST", scoringUri ?? "", { token: primaryKey, body })).status);
      await pause(50);
    }
  })();
  return async () => {
    isRunning = false;
    await client;
    return statuses;
  };
}
