import { z } from "zod";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import type { TrainingSize } from "../../azureml/costs";
import { type ExportedState, resourcesOf, type StateResource } from "../recovery/deployment";
import { dataFactsOf, type DataFacts } from "./dataFacts";

/** What the state of a stack contains about a training and what serves. Parts that the stack lacks are absent. */
export interface StackFacts {
  project: string;
  stack: string;
  workspace: WorkspaceRef;
  /** Id of the base model with its pinned version. */
  baseModel?: string;
  /** Tags of the base model: they contain parameters that the model sets. */
  baseModelTags: Record<string, string>;
  data?: DataFacts;
  job?: TrainedJob;
  model?: { name: string; version: string; registry?: string };
  endpointName?: string;
  deploymentName?: string;
  score: ScoreFacts;
  /** Whether the stack's outputs show rows of the data to everybody. */
  showsRows: boolean;
  /** Limits of a roll-out in steps, and the percentages. */
  rollout?: Rollout;
  /** Address of each resource's parent and its type, for the resource tree. */
  resources: ResourceFact[];
}

/** The job whose model the stack uses. */
interface TrainedJob {
  name: string;
  parameters: Record<string, string>;
  /** The rows that eval_loss was measured on: `all rows of test_sft`. */
  evaluationRows: string;
  /** Absent in states of version 0.1.0. */
  size?: TrainingSize;
}

/** The question that was sent to the deployment before it got traffic. */
export type ScoreFacts =
  | { kind: "shown"; question: string; reference: string; answer: string; latencyMs: number }
  /** The model answered, and the rows are not shown. */
  | { kind: "hidden" }
  | { kind: "none" };

export interface Rollout {
  steps: number[];
  holdSeconds: number;
  maxErrorRate: number;
  maxLatencyMs?: number;
}

export interface ResourceFact {
  urn: string;
  parent?: string;
  name: string;
  type: string;
}

const outputsSchema = z.object({
  subscriptionId: z.string(),
  resourceGroupName: z.string(),
  workspaceName: z.string(),
  baseModel: z.string().optional(),
  firstRows: z.unknown().optional(),
  dataSummary: z.unknown().optional(),
  parameters: z.record(z.string(), z.string()).optional(),
  jobName: z.string().optional(),
  evalLossData: z.string().optional(),
  registeredModel: z.object({ name: z.string(), version: z.string() }).optional(),
  promotedModel: z.object({ registry: z.string(), name: z.string(), version: z.string() }).optional(),
  endpointName: z.string().optional(),
  deploymentName: z.string().optional(),
  sampleScore: z.unknown().optional(),
});
const sampleSchema = z.object({
  question: z.string(),
  reference: z.string(),
  answer: z.string(),
  latencyMs: z.number(),
});
const sizeSchema = z.object({
  size: z.string(),
  lowPriority: z.boolean(),
  nodes: z.number(),
  gpusPerNode: z.number(),
  price: z.object({ perHour: z.number(), currency: z.string(), origin: z.string() }).optional(),
});
const rolloutSchema = z.object({
  steps: z.array(z.number()),
  holdSeconds: z.number(),
  maxErrorRate: z.number(),
  maxLatencyMs: z.number().optional(),
});

const typeOf = {
  lookup: "pulumi-nodejs:dynamic/azureml:ModelLookup",
  job: "pulumi-nodejs:dynamic/azureml:PipelineJob",
  score: "pulumi-nodejs:dynamic/azureml:Score",
  traffic: "pulumi-nodejs:dynamic/azureml:Traffic",
  command: "command:local:Command",
} as const;

/**
 * Reads a state.
 * @param outputs of the stack; secrets are in them only if somebody asked for them.
 * @throws Error if the stack has no workspace: it is not deployed, or creates a shared registry only.
 */
export function stackFacts(
  { project, stack }: { project: string; stack: string },
  state: ExportedState,
  outputs: unknown,
): StackFacts {
  const parsed = outputsSchema.safeParse(outputs);
  if (!parsed.success)
    throw new Error(
      `stack "${stack}" has nothing to report: it has no workspace. It creates a registry only, or is not deployed (\`npm run up -- --stack ${stack}\`, the local stack with \`npm start\`)`,
    );
  const found = parsed.data;
  const all = resourcesOf(state).filter((resource) => !resource.delete);
  const of = (type: string): StateResource | undefined => all.find((resource) => resource.type === type);
  const job = of(typeOf.job)?.outputs;
  const rollout = rolloutSchema.safeParse(of(typeOf.traffic)?.inputs?.rollout);
  const size = sizeSchema.safeParse(job?.training);
  const tags = z.record(z.string(), z.string()).safeParse(of(typeOf.lookup)?.outputs?.tags);
  const { registeredModel, promotedModel } = found;
  const data = dataFactsOf(of(typeOf.command)?.outputs?.stdout, found.dataSummary, job?.settings);
  const model = promotedModel ?? registeredModel;
  return {
    project,
    stack,
    workspace: {
      subscriptionId: found.subscriptionId,
      resourceGroupName: found.resourceGroupName,
      workspaceName: found.workspaceName,
    },
    ...(found.baseModel ? { baseModel: found.baseModel } : {}),
    baseModelTags: tags.data ?? {},
    ...(data ? { data } : {}),
    ...(found.jobName
      ? {
          job: {
            name: found.jobName,
            parameters: found.parameters ?? {},
            evaluationRows: found.evalLossData ?? "",
            ...(size.success ? { size: size.data } : {}),
          },
        }
      : {}),
    ...(model ? { model } : {}),
    ...(found.endpointName ? { endpointName: found.endpointName } : {}),
    ...(found.deploymentName ? { deploymentName: found.deploymentName } : {}),
    score: scoreOf(found.sampleScore, of(typeOf.score)),
    showsRows: Array.isArray(found.firstRows),
    ...(rollout.success ? { rollout: rollout.data } : {}),
    resources: all.map(({ urn, parent, type }) => ({
      urn,
      ...(parent ? { parent } : {}),
      name: urn.slice(urn.lastIndexOf("::") + 2),
      type,
    })),
  };
}

function scoreOf(sample: unknown, resource: StateResource | undefined): ScoreFacts {
  const parsed = sampleSchema.safeParse(sample);
  if (parsed.success) return { kind: "shown", ...parsed.data };
  return resource ? { kind: "hidden" } : { kind: "none" };
}
