import { deploymentLogs } from "../../azureml/clients/deploymentLogs";
import type { AzureSession } from "../../azureml/clients/session";
import { AzureMlError } from "../../azureml/errors";

/** A score that failed because of the deployment, not because of the way to it or of the caller. */
export class DeploymentFault extends Error {
  constructor(readonly error: AzureMlError) {
    super(error.message, { cause: error });
    this.name = "DeploymentFault";
  }
}

/** The error with the end of the deployment's log. @param hide removes what must not be shown. */
export async function withLogs(
  session: AzureSession,
  deploymentId: string,
  error: AzureMlError,
  hide: (text: string) => string,
): Promise<AzureMlError> {
  const lines = await deploymentLogs(session, deploymentId);
  if (lines.length === 0) return error;
  const text = lines.map((line) => `  ${hide(line)}`).join("\n");
  return new AzureMlError(error.code, `${error.message}\nThe end of its log:\n${text}`, {
    cause: error.cause,
  });
}
