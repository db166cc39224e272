import { ArmError } from "../../armError";
import type { Cloud } from "../../cloud";
import {
  componentVersion,
  componentVersions,
  modelVersion,
  modelVersions,
  parseRegistryId,
  REGISTRY_NAME,
} from "../../registry/catalog";
import { literalProblem, type ComponentInput } from "../../registry/componentInputs";
import type { ComponentVersion } from "../../registry/componentVersions";
import type { RegistryModelVersion } from "../../registry/modelVersions";
import { clusterIdentityRoles } from "../../rules/identities";
import { resolveDataUri } from "../assetUris";
import { scaleOf } from "../clusterSettings";
import type { Workspace } from "../workspace";
import type { PipelineSpec } from "./pipelineSpec";

export interface CheckedJob {
  component: ComponentVersion;
  baseModel: RegistryModelVersion;
}

const COMPUTE_INPUTS = [
  "compute_model_import",
  "compute_preprocess",
  "compute_finetune",
  "compute_model_evaluation",
];
const DATA_INPUTS = ["train_file_path", "validation_file_path", "test_file_path"];
const MLTABLE_INPUTS = ["train_mltable_path", "validation_mltable_path", "test_mltable_path"];

/** @throws ArmError 400 `UserError` with one entry per problem in `details`, as the service */
export async function checkJob(cloud: Cloud, workspace: Workspace, spec: PipelineSpec): Promise<CheckedJob> {
  const component = findComponent(spec);
  const problems = [
    ...inputProblems(spec, component),
    ...modelProblems(cloud, spec),
    ...computeProblems(cloud, workspace, spec),
    ...(await dataProblems(cloud, workspace, spec)),
  ];
  const baseModel = baseModelOf(cloud, spec);
  if (problems.length === 0 && baseModel) return { component, baseModel };
  const message =
    problems.length === 1 ? problems[0] : `${problems.length} problems with this job: ${problems.join(" ")}`;
  throw new ArmError(400, "UserError", message ?? "The job names no base model.", {
    target: `properties.jobs.${spec.nodeName}`,
    details: problems.map((problem) => ({ code: "ValidationError", message: problem })),
  });
}

/** The registry model that a job starts from, or undefined if the job names none that exists. */
function baseModelOf(cloud: Cloud, spec: PipelineSpec): RegistryModelVersion | undefined {
  const input = spec.inputs["mlflow_model_path"];
  const id = input?.kind === "asset" ? parseRegistryId(input.uri) : undefined;
  return id && modelVersion(cloud, id.name, id.version);
}

function findComponent(spec: PipelineSpec): ComponentVersion {
  const target = `properties.jobs.${spec.nodeName}.componentId`;
  const refuse = (problem: string): never => {
    throw new ArmError(400, "UserError", `${target} is "${spec.componentId}": ${problem}`, { target });
  };
  const id = parseRegistryId(spec.componentId);
  if (!id || id.kind !== "components") {
    return refuse(
      "a registry component is required, azureml://registries/<registry>/components/<name>/versions/<version>.",
    );
  }
  if (id.registry.toLowerCase() !== REGISTRY_NAME) return refuse(`there is no registry "${id.registry}".`);
  const versions = componentVersions(id.name).map((component) => component.version);
  if (versions.length === 0) return refuse(`registry ${REGISTRY_NAME} has no component "${id.name}".`);
  return (
    componentVersion(id.name, id.version) ??
    refuse(`there is no such version; existing versions: ${versions.join(", ")}.`)
  );
}

function inputProblems(spec: PipelineSpec, component: ComponentVersion): string[] {
  const problems: string[] = [];
  for (const [name, given] of Object.entries(spec.inputs)) {
    const declared = component.inputs[name];
    if (!declared) {
      problems.push(`Input "${name}" is not an input of ${component.name} ${component.version}. Remove it.`);
    } else if (given.kind === "literal") {
      const problem = isLiteral(declared)
        ? literalProblem(declared, given.value)
        : `is text, must be a ${declared.type}`;
      if (problem) problems.push(`Input "${name}" ${problem}.`);
    } else if (isLiteral(declared)) {
      problems.push(`Input "${name}" must be a ${declared.type}, not a ${given.type}.`);
    }
  }
  return problems;
}

function isLiteral(input: ComponentInput): boolean {
  return ["string", "integer", "number"].includes(input.type);
}

function modelProblems(cloud: Cloud, spec: PipelineSpec): string[] {
  const input = spec.inputs["mlflow_model_path"];
  if (!input || input.kind !== "asset") {
    return [
      'Input "mlflow_model_path" is missing. Give the id of a registry model: the local cloud fine-tunes no other model.',
    ];
  }
  const id = parseRegistryId(input.uri);
  if (!id || id.kind !== "models") {
    return [
      `Input "mlflow_model_path" is "${input.uri}". The local cloud fine-tunes models of the registry ${REGISTRY_NAME} only.`,
    ];
  }
  if (id.registry.toLowerCase() !== REGISTRY_NAME) return [`There is no registry "${id.registry}".`];
  if (modelVersion(cloud, id.name, id.version)) return [];
  const versions = modelVersions(cloud, id.name).map((model) => model.version);
  const known =
    versions.length === 0 ? "there is no model of that name" : `its versions are ${versions.join(", ")}`;
  return [`Model ${id.name}:${id.version} was not found in registry ${REGISTRY_NAME}; ${known}.`];
}

function computeProblems(cloud: Cloud, workspace: Workspace, spec: PipelineSpec): string[] {
  const nodes = Number(literal(spec, "num_nodes_finetune") ?? 1);
  const problems = new Set<string>();
  for (const input of COMPUTE_INPUTS) {
    const name = literal(spec, input);
    if (name === undefined || name === "serverless") continue;
    const compute = cloud.resources.get(`${workspace.id}/computes/${computeNameOf(name)}`);
    if (!compute) {
      problems.add(
        `Compute "${name}" (input "${input}") was not found in workspace ${workspace.name}. Create it first.`,
      );
      continue;
    }
    const state = compute.properties["provisioningState"];
    if (state !== "Succeeded")
      problems.add(`Compute "${name}" is ${String(state)}; it must be Succeeded to run jobs.`);
    const account = accountWithoutCredentials(cloud, workspace);
    const problem = account && clusterIdentityRoles(cloud, compute, account);
    if (problem) problems.add(problem);
    const { max } = scaleOf(compute);
    if (input === "compute_finetune" && nodes > max) {
      problems.add(`num_nodes_finetune is ${nodes}, but compute "${name}" has at most ${max} nodes.`);
    }
  }
  return [...problems];
}

/** The workspace's storage account, if its default datastore has no credentials. */
function accountWithoutCredentials(cloud: Cloud, { id }: Workspace): string | undefined {
  const store = cloud.resources.get(`${id}/datastores/workspaceblobstore`);
  const credentials = store?.properties["credentials"] as { credentialsType?: string } | undefined;
  if (credentials?.credentialsType !== "None") return undefined;
  return String(cloud.resources.get(id)?.properties["storageAccount"]);
}

/** The name in a reference to a compute: the plain name, `azureml:name`, or the ARM id. */
export function computeNameOf(text: string): string {
  return (
    text
      .replace(/^azureml:/i, "")
      .split("/")
      .pop() ?? text
  );
}

async function dataProblems(cloud: Cloud, workspace: Workspace, spec: PipelineSpec): Promise<string[]> {
  const problems: string[] = [];
  for (const name of MLTABLE_INPUTS) {
    if (spec.inputs[name])
      problems.push(`Input "${name}" is not supported by the local cloud. Give a JSONL file instead.`);
  }
  if (!spec.inputs["train_file_path"])
    problems.push('Input "train_file_path" is missing: there is nothing to train on.');
  for (const name of DATA_INPUTS) {
    const input = spec.inputs[name];
    if (input?.kind !== "asset") continue;
    try {
      const path = resolveDataUri(cloud, workspace, input.uri, `Input "${name}"`);
      if (!(await cloud.blobs.exists(path))) {
        problems.push(
          `Input "${name}" is "${input.uri}", but container ${path.container} has no file ${path.path}. Upload it first.`,
        );
      }
    } catch (error) {
      if (!(error instanceof ArmError)) throw error;
      problems.push(error.message);
    }
  }
  return problems;
}

export function literal(spec: PipelineSpec, name: string): string | undefined {
  const input = spec.inputs[name];
  return input?.kind === "literal" ? input.value : undefined;
}
