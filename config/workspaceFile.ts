import { z } from "zod";
import { type Problem, formatValue } from "../azureml/problem";

/** Content of an Azure ML `config.json`. */
interface WorkspaceFile {
  subscriptionId: string;
  resourceGroup: string;
  workspaceName: string;
}

const form = z.object({
  subscription_id: z.string().min(1),
  resource_group: z.string().min(1),
  workspace_name: z.string().min(1),
});

const allowed = 'a JSON file with the strings "subscription_id", "resource_group" and "workspace_name"';
const remedy =
  "Download it from the workspace's page in the Azure portal, or set workspace.resourceGroup and workspace.name.";

/** Parses an Azure ML `config.json`. `read` returns its content or throws. */
export function readWorkspaceFile(
  property: string,
  path: string,
  read: (path: string) => string,
): { file: WorkspaceFile } | { problem: Problem } {
  let content: unknown;
  try {
    content = JSON.parse(read(path));
  } catch (error) {
    const reason = error instanceof SyntaxError ? "is not JSON" : "cannot be read";
    return { problem: { property, seen: `${formatValue(path)} ${reason}`, allowed, remedy } };
  }
  const parsed = form.safeParse(content);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => issue.path.join(".") || "the whole").join(", ");
    return { problem: { property, seen: `${formatValue(path)} has no usable ${wrong}`, allowed, remedy } };
  }
  const { subscription_id, resource_group, workspace_name } = parsed.data;
  return {
    file: { subscriptionId: subscription_id, resourceGroup: resource_group, workspaceName: workspace_name },
  };
}
