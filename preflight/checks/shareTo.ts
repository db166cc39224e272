import { AzureMlError, errorText } from "../../azureml/errors";
import { isUnavailable } from "../../azureml/http/failure";
import { formatValue } from "../../azureml/problem";
import type { CheckContext } from "./context";

/**
 * The registry of `model.shareTo` must exist before a training starts: otherwise the stack would fail after it. A registry that
 * is down is a warning.
 */
export async function checkShareTo({ config, cloud, report }: CheckContext): Promise<void> {
  const { shareTo } = config.model;
  if (shareTo === undefined) return;
  const property = report.key("model.shareTo");
  try {
    await cloud.registryRegions(shareTo);
  } catch (error) {
    if (isUnavailable(error)) {
      report.warnings.push(`${property} could not be checked: ${errorText(error)}`);
      return;
    }
    const isMissing = error instanceof AzureMlError && error.code === "RegistryNotFound";
    report.add({
      property,
      seen: isMissing ? `there is no registry ${formatValue(shareTo)}` : errorText(error),
      ...(isMissing && {
        allowed: "the name of a registry that the identity can write to",
        remedy:
          "Correct the name, or create the registry first: `pulumi up --stack platform` (Pulumi.platform.yaml).",
      }),
    });
  }
}
