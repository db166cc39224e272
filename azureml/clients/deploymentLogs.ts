import { redact } from "../http/redact";
import { apiVersions, armPost } from "./arm";
import type { AzureSession } from "./session";

/** How many lines of a failed deployment's log are shown. */
const shownLogLines = 20;

/** The server of the model, then the container that fetches it, for a deployment whose server never started. */
const containers = ["InferenceServer", "StorageInitializer"] as const;

/**
 * The end of a deployment's container logs, without secrets. Empty if there are none, or if Azure returns none: logs explain a
 * failure and must not hide it.
 *
 * Source: Azure/azure-rest-api-specs, OnlineDeployments_GetLogs: `containerType` and `tail`, answered with `content`; azure-ai-ml sends
 * the same (`OnlineDeploymentOperations.get_logs`).
 * @param deploymentId ARM id.
 */
export async function deploymentLogs(session: AzureSession, deploymentId: string): Promise<string[]> {
  for (const containerType of containers) {
    const lines = await logLines(session, deploymentId, containerType).catch(() => []);
    if (lines.length > 0) return lines;
  }
  return [];
}

async function logLines(
  session: AzureSession,
  deploymentId: string,
  containerType: (typeof containers)[number],
): Promise<string[]> {
  const answer = (await armPost(
    session,
    {
      path: `${deploymentId}/getLogs`,
      apiVersion: apiVersions.machineLearning,
      what: `log of deployment "${deploymentId.slice(deploymentId.lastIndexOf("/") + 1)}"`,
    },
    { containerType, tail: shownLogLines },
  )) as { content?: string } | undefined;
  const lines = redact(answer?.content ?? "").split("\n");
  return lines.filter((line) => line.trim() !== "").slice(-shownLogLines);
}
