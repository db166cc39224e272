import { azureMlError } from "../errors";
import { parseServiceError, type ServiceError } from "../http/failure";
import { cachePerOwner } from "./promiseCache";
import type { AzureSession } from "./session";
import { getWorkspace, type WorkspaceRef, workspaceId } from "./workspaces";

/**
 * A run of the run-history service: a job, or a step of one.
 *
 * Members: PyPI azure-ai-ml 1.35.2, _restclient/runhistory/models, `Run` and `RunDetails` (`createdUtc`, `startTimeUtc`, `target`, …).
 */
export interface Run {
  runId: string;
  displayName: string;
  /** `azureml.PipelineRun` for a pipeline, `azureml.StepRun` for a step. */
  runType: string;
  status: string;
  /** ISO 8601, UTC, like all times here. */
  createdTime?: string;
  startTime?: string;
  endTime?: string;
  /** Name of the compute that runs it. */
  target?: string;
  properties: Record<string, string>;
}

export interface RunDetails extends Run {
  /** Log name → URL that needs no token (SAS). */
  logFiles: Record<string, string>;
  error?: ServiceError;
  warnings: string[];
}

const historyBases = cachePerOwner<string>();

/** `https://<host>/history/v1.0<workspace id>`. The host is in the workspace's discovery document (no token needed). */
export function historyBase(session: AzureSession, ref: WorkspaceRef): Promise<string> {
  return historyBases(session).get(workspaceId(ref), () => discoverHistory(session, ref));
}

async function discoverHistory(session: AzureSession, ref: WorkspaceRef): Promise<string> {
  const workspace = await getWorkspace(session, ref);
  const what = `service addresses of workspace "${ref.workspaceName}"`;
  const response = await session.http({ method: "GET", url: workspace.discoveryUrl, what });
  const api = (response.body as { api?: unknown } | undefined)?.api;
  if (typeof api !== "string") {
    throw azureMlError("UnexpectedResponse", { what, field: "api", requestId: response.requestId });
  }
  return `${api.replace(/\/+$/, "")}/history/v1.0${workspaceId(ref)}`;
}

/** Details of a run with log URLs and error. Returns `undefined` if the service has no such run (yet). */
export async function getRunDetails(
  session: AzureSession,
  ref: WorkspaceRef,
  runId: string,
): Promise<RunDetails | undefined> {
  const response = await session.http({
    method: "GET",
    url: `${await historyBase(session, ref)}/runs/${encodeURIComponent(runId)}/details`,
    query: { "api-version": "v1.0" },
    what: `run "${runId}"`,
    scope: session.cloud.armScope,
    accept: [404],
  });
  if (response.status === 404) return undefined;
  const body = (response.body ?? {}) as Record<string, unknown>;
  const error = body.error as { error?: unknown } | null | undefined;
  const warnings = (Array.isArray(body.warnings) ? body.warnings : []) as Array<{ message?: string }>;
  return {
    ...parseRun(body),
    logFiles: (body.logFiles ?? {}) as Record<string, string>,
    ...(error ? { error: parseServiceError(error, "") } : {}),
    warnings: warnings.flatMap((warning) => (warning.message ? [warning.message] : [])),
  };
}

/** Direct children of a run, in the service's order. Empty if there are none yet. */
export async function listChildRuns(session: AzureSession, ref: WorkspaceRef, runId: string): Promise<Run[]> {
  const base = `${await historyBase(session, ref)}/runs/${encodeURIComponent(runId)}/children`;
  const runs: Run[] = [];
  let continuation: string | undefined;
  do {
    const response = await session.http({
      method: "GET",
      url: base,
      query: { "api-version": "v1.0", $continuationToken: continuation },
      what: `steps of run "${runId}"`,
      scope: session.cloud.armScope,
      accept: [404],
    });
    if (response.status === 404) return [];
    const page = (response.body ?? {}) as {
      value?: Array<Record<string, unknown>>;
      continuationToken?: string | null;
    };
    runs.push(...(page.value ?? []).map(parseRun));
    continuation = page.continuationToken ?? undefined;
  } while (continuation);
  return runs;
}

/** A change of a run. Tags are added to the present ones. */
export interface RunChange {
  tags?: Record<string, string>;
  /** Removes the run from the studio's lists, or shows it again. */
  hidden?: boolean;
}

/**
 * Changes a job's run in whatever state it is. The studio and azure-ai-ml 1.35.2 (`JobOperations.update` and `archive`) send
 * the same request; the control plane then shows the tags, and `hidden` as `isArchived` (Azure/azure-sdk-for-python#47819).
 */
export async function changeRun(
  session: AzureSession,
  ref: WorkspaceRef,
  { runId, experimentName }: { runId: string; experimentName: string },
  change: RunChange,
): Promise<void> {
  const base = await historyBase(session, ref);
  await session.http({
    method: "PATCH",
    url: `${base}/experiments/${encodeURIComponent(experimentName)}/runs/${encodeURIComponent(runId)}`,
    query: { "api-version": "v1.0" },
    what: `tags of job "${runId}"`,
    scope: session.cloud.armScope,
    body: change,
  });
}

/** The last `lines` lines of a run's main log. Empty if the run has no log. */
export async function lastLogLines(
  session: AzureSession,
  details: Pick<RunDetails, "logFiles">,
  lines: number,
): Promise<string[]> {
  const name = mainLog(Object.keys(details.logFiles));
  if (!name) return [];
  const response = await session.http({
    method: "GET",
    url: details.logFiles[name] ?? "",
    what: `log ${name}`,
    headers: { accept: "text/plain" },
    maxRetries: 1,
  });
  return response.text.trimEnd().split(/\r?\n/).slice(-lines);
}

/** The most useful of a run's logs, in the order of azure-ai-ml's `stream`. */
export function mainLog(names: readonly string[]): string | undefined {
  const sorted = [...names].sort();
  return (
    sorted.find((name) => /^user_logs\/std_log.*\.txt$/.test(name)) ??
    sorted.find((name) => /^azureml-logs\/.*driver_log.*\.txt$/.test(name)) ??
    sorted.find((name) => /executionlogs\.txt$/.test(name)) ??
    sorted[0]
  );
}

function parseRun(body: Record<string, unknown>): Run {
  const text = (name: string): string | undefined =>
    typeof body[name] === "string" ? (body[name] as string) : undefined;
  const runId = text("runId") ?? "";
  return {
    runId,
    displayName: text("displayName") ?? text("name") ?? runId,
    runType: text("runType") ?? "",
    status: text("status") ?? "Unknown",
    createdTime: text("createdUtc"),
    startTime: text("startTimeUtc"),
    endTime: text("endTimeUtc"),
    target: text("target"),
    properties: (body.properties ?? {}) as Record<string, string>,
  };
}
