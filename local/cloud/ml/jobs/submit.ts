import { isObject, publicView, systemDataFor } from "../../arm/body";
import type { ArmResource, Caller, Cloud } from "../../cloud";
import { LOOPBACK } from "../../constants";
import { studioPort } from "../../ports";
import { jobNameUsedOnce } from "../../rules/immutability";
import { NAMES, requireName } from "../../rules/names";
import { stringMap } from "../request";
import type { Workspace } from "../workspace";
import { JOB_TYPE, recordOf, type JobRecord } from "./jobRecord";
import { outputSettings, shownOutputs } from "./outputs";
import { requireDatastores } from "./outputSettings";
import { readPipelineSpec, type PipelineSpec } from "./pipelineSpec";
import { checkJob, literal } from "./validateJob";

/** @throws ArmError 400 for a job that cannot run, 409 for other content under an existing name */
export async function submitJob(
  cloud: Cloud,
  workspace: Workspace,
  name: string,
  properties: Record<string, unknown>,
  caller: Caller | undefined,
): Promise<{ resource: ArmResource; created: boolean }> {
  requireName(name, NAMES.job, "job name", "name");
  const spec = readPipelineSpec(name, properties);
  const outputs = shownOutputs(properties["outputs"]);
  const content = canonicalContent({ ...properties, outputs });
  const existing = cloud.resources.get(`${workspace.id}/jobs/${name}`);
  if (existing) return { resource: changeJob(cloud, existing, properties, content, caller), created: false };
  requireDatastores(cloud, workspace, outputSettings(spec, outputs), properties["settings"]);
  await checkJob(cloud, workspace, spec);
  const resource = newJob(cloud, workspace, name, { properties, spec, outputs, content }, caller);
  // The check waits for the blob store. Another request may have created the job meanwhile.
  const meanwhile = cloud.resources.get(resource.id);
  if (meanwhile)
    return { resource: changeJob(cloud, meanwhile, properties, content, caller), created: false };
  cloud.resources.put(resource);
  return { resource, created: true };
}

interface NewJob {
  properties: Record<string, unknown>;
  spec: PipelineSpec;
  outputs: Record<string, unknown>;
  content: string;
}

function newJob(
  cloud: Cloud,
  workspace: Workspace,
  name: string,
  given: NewJob,
  caller: Caller | undefined,
): ArmResource {
  const { properties, spec, outputs, content } = given;
  const record: JobRecord = {
    spec,
    content,
    steps: [],
    createdTime: cloud.clock.now().toISOString(),
    executions: 0,
  };
  return {
    id: `${workspace.id}/jobs/${name}`,
    name,
    type: JOB_TYPE,
    systemData: systemDataFor(undefined, caller?.objectId ?? "", cloud.clock.now()),
    properties: {
      ...properties,
      jobType: "Pipeline",
      displayName: spec.displayName,
      experimentName: spec.experimentName,
      description: properties["description"] ?? null,
      tags: spec.tags,
      isArchived: properties["isArchived"] === true,
      inputs: isObject(properties["inputs"]) ? properties["inputs"] : {},
      outputs,
      settings: isObject(properties["settings"]) ? properties["settings"] : {},
      computeId: properties["computeId"] ?? null,
      status: "NotStarted",
      properties: {
        ...stringMap(properties["properties"], "properties.properties"),
        ...serviceProperties(spec),
      },
    },
    hidden: { job: record },
  };
}

/** The addresses of the services contain the cloud's port, which may change with a restart. */
export function shownJob(cloud: Cloud, workspace: Workspace, job: ArmResource): Record<string, unknown> {
  const properties = { ...job.properties, services: services(cloud, workspace, job.name) };
  return { ...publicView(job), properties };
}

export function services(cloud: Cloud, workspace: Workspace, runId: string): Record<string, unknown> {
  const host = cloud.baseUrl.replace(/^https:\/\//, "");
  const service = (jobServiceType: string, endpoint: string): Record<string, unknown> => ({
    jobServiceType,
    port: null,
    endpoint,
    status: null,
    errorMessage: null,
    properties: null,
  });
  return {
    Tracking: service("Tracking", `azureml://${host}/mlflow/v1.0${workspace.id}?`),
    // Azure names a page of its studio here, this cloud the page of `npm run studio`.
    Studio: service("Studio", `http://${LOOPBACK}:${studioPort(Number(host.split(":")[1]))}/#/jobs/${runId}`),
  };
}

function serviceProperties(spec: PipelineSpec): Record<string, string> {
  const parameters = Object.fromEntries(
    Object.keys(spec.inputs).flatMap((name): Array<[string, string]> => {
      const value = literal(spec, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return {
    "azureml.DevPlatv2": "true",
    "azureml.runsource": "azureml.PipelineRun",
    runSource: "MFE",
    runType: "HTTP",
    "azureml.parameters": JSON.stringify(parameters),
    "azureml.continue_on_step_failure": "False",
    "azureml.continue_on_failed_optional_input": "True",
    "azureml.defaultDataStoreName": "workspaceblobstore",
    "azureml.pipelineComponent": "pipelinerun",
  };
}

function changeJob(
  cloud: Cloud,
  job: ArmResource,
  properties: Record<string, unknown>,
  content: string,
  caller: Caller | undefined,
): ArmResource {
  jobNameUsedOnce(job.name, recordOf(job).content, content);
  const changed: ArmResource = {
    ...job,
    systemData: systemDataFor(job, caller?.objectId ?? "", cloud.clock.now()),
    properties: {
      ...job.properties,
      ...("displayName" in properties ? { displayName: properties["displayName"] } : {}),
      ...("description" in properties ? { description: properties["description"] } : {}),
      ...("tags" in properties ? { tags: stringMap(properties["tags"], "properties.tags") } : {}),
      ...("isArchived" in properties ? { isArchived: properties["isArchived"] === true } : {}),
    },
  };
  cloud.resources.put(changed);
  return changed;
}

/** The immutable part of a job as text: keys sorted, empty and null members left out. */
function canonicalContent(properties: Record<string, unknown>): string {
  const { jobType, jobs, inputs, outputs, settings, experimentName, computeId } = properties;
  return JSON.stringify(sorted({ jobType, jobs, inputs, outputs, settings, experimentName, computeId }));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .map(([key, member]): [string, unknown] => [key, sorted(member)])
    .filter(
      ([, member]) =>
        member !== null && member !== undefined && !(isObject(member) && Object.keys(member).length === 0),
    )
    .sort(([a], [b]) => a.localeCompare(b));
  return Object.fromEntries(entries);
}
