import { lifecycleVerdict, modelDates } from "../../azureml/modelLifecycle";
import type { Problem } from "../../azureml/problem";
import type { StackConfig } from "../../config/stackConfig";

/**
 * Checks the lifecycle of the base model by the dates in its tags.
 * @param pinnedOn day on which the stack pinned the model (YYYY-MM-DD). Undefined for a stack of version 0.1.0.
 */
export function checkLifecycle(
  project: string,
  { foundationModel, endpoint }: StackConfig,
  tags: Readonly<Record<string, string>>,
  pinnedOn: string | undefined,
): { problems: Problem[]; warnings: string[]; notes: string[] } {
  const { problem, warnings, notes } = lifecycleVerdict(`${project}:foundationModel.name`, {
    name: foundationModel.name,
    dates: modelDates(tags),
    serves: endpoint.enabled,
    pinnedOn,
    allowRetired: foundationModel.allowRetired,
  });
  return { problems: problem ? [problem] : [], warnings, notes };
}
