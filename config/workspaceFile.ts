import { z } from "zod";
import { resourceGroupPattern, workspacePattern } from "./namePatterns";
import { type Problem, formatValue } from "../azureml/problem";

/** Content of an Azure ML `config.json`. */
interface WorkspaceFile {
  subscriptionId: string;
  resourceGroup: string;
  workspaceName: string;
}

/** Names that Azure accepts: they become part of URLs. */
const form = z.object({
  subscription_id: z.guid(),
  resource_group: z.string().regex(resourceGroupPattern),
  workspace_name: z.string().regex(workspacePattern),
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
    // Some editors begin a file with a byte order mark.
    content = JSON.parse(read(path).replace(/^\uFEFF/, ""));
  } catch (error) {
    return { problem: { property, seen: `${formatValue(path)} ${reasonOf(error)}`, allowed, remedy } };
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

/** Only system errors have a code. The text of a `SyntaxError` would repeat the file's content. */
function reasonOf(error: unknown): string {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if (name === "SyntaxError" || name === "RangeError") return "is not JSON";
  if (code === "ENOENT") return "does not exist";
  if (code === "EISDIR") return "is a directory";
  return `cannot be read (${code ?? message ?? "unknown reason"})`;
}
