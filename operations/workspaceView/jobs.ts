import { z } from "zod";
import { isTerminalStatus } from "../../azureml/clients/jobs";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { armDocument, flag, newestFirst, parseDocument, readList, readOne, text, texts } from "./document";

/** A job of a workspace. Times are ISO 8601, UTC; a text that the service leaves out is empty. */
export interface JobView {
  name: string;
  displayName: string;
  description: string;
  /** `Pipeline`, `Command`, … */
  type: string;
  /** `Running`, `Completed`, … */
  status: string;
  /** Whether the status stays unless somebody acts. */
  hasEnded: boolean;
  experimentName: string;
  createdAt: string;
  createdBy: string;
  /** The job's page in Azure ML studio. */
  studioUrl: string;
  tags: Record<string, string>;
  isArchived: boolean;
  /** Ids of the components of a pipeline's nodes. */
  components: string[];
  /** Literal inputs of a pipeline's nodes: training parameters, names of computes. */
  parameters: Record<string, string>;
  /** Inputs that are assets, by name: model, training data. */
  assets: Record<string, string>;
  /** Address of each output. */
  outputs: Record<string, string>;
}

/** The jobs of a workspace, newest first. Archived ones only on request. Empty if the workspace does not exist. */
export async function listJobs(
  session: AzureSession,
  ref: WorkspaceRef,
  { archived = false }: { archived?: boolean } = {},
): Promise<JobView[]> {
  const query = { listViewType: archived ? "All" : "ActiveOnly" };
  const found = await readList(session, ref, { below: "jobs", what: "jobs", query }, jobDocument);
  return newestFirst(found.map(viewOf));
}

/** The job, or `undefined` if it does not exist. */
export async function findJob(
  session: AzureSession,
  ref: WorkspaceRef,
  name: string,
): Promise<JobView | undefined> {
  const found = await readOne(session, ref, { below: `jobs/${name}`, what: `job "${name}"` }, jobDocument);
  return found && viewOf(found);
}

/** A job from the document that ARM returns. */
export const parseJob = (document: unknown): JobView => viewOf(parseDocument(jobDocument, document, "job"));

const input = z.object({ value: z.unknown().optional(), uri: text });
const node = z.object({
  componentId: text,
  inputs: z.record(z.string(), input.nullish().catch(undefined)).nullish(),
});
const jobDocument = armDocument(
  z.object({
    displayName: text,
    description: text,
    jobType: text,
    status: text,
    experimentName: text,
    tags: texts,
    isArchived: flag,
    services: z.record(z.string(), z.object({ endpoint: text }).nullish()).nullish(),
    jobs: z.record(z.string(), node.nullish().catch(undefined)).nullish(),
    outputs: z.record(z.string(), z.object({ uri: text }).nullish()).nullish(),
  }),
);

function viewOf({ name, systemData, properties }: z.output<typeof jobDocument>): JobView {
  const nodes = Object.values(properties.jobs ?? {}).flatMap((found) => found ?? []);
  const inputs = nodes.flatMap((found) => Object.entries(found.inputs ?? {}));
  const outputs = Object.entries(properties.outputs ?? {});
  return {
    name,
    displayName: properties.displayName || name,
    description: properties.description,
    type: properties.jobType,
    status: properties.status || "Unknown",
    hasEnded: isTerminalStatus(properties.status),
    // The service's default.
    experimentName: properties.experimentName || "Default",
    createdAt: systemData.createdAt,
    createdBy: systemData.createdBy,
    studioUrl: properties.services?.Studio?.endpoint ?? "",
    tags: properties.tags,
    isArchived: properties.isArchived,
    components: nodes.flatMap(({ componentId }) => componentId || []),
    parameters: Object.fromEntries(
      inputs.flatMap(([key, found]) => (typeof found?.value === "string" ? [[key, found.value]] : [])),
    ) as Record<string, string>,
    assets: Object.fromEntries(inputs.flatMap(([key, found]) => (found?.uri ? [[key, found.uri]] : []))),
    outputs: Object.fromEntries(outputs.flatMap(([key, found]) => (found?.uri ? [[key, found.uri]] : []))),
  };
}
