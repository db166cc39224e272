import { isObject, textAt } from "../../arm/body";
import { invalidProperty, stringMap } from "../request";
import { type OutputSettings, readOutputSettings } from "./outputSettings";

/** An input of the pipeline component, as given in the job. */
type JobInput = { kind: "literal"; value: string } | { kind: "asset"; type: string; uri: string };

export interface PipelineSpec {
  /** Key of the only node: the name of the variable in the notebook's pipeline function. */
  nodeName: string;
  componentId: string;
  /** Inputs of the component, with references such as `${{parent.inputs.x}}` resolved. */
  inputs: Record<string, JobInput>;
  /** Output of the component → output of the pipeline, e.g. `mlflow_model_folder` → `trained_model`. */
  outputs: Record<string, string>;
  /** Settings of the node's own outputs, by the component's name. Absent in jobs of earlier versions of this cloud. */
  nodeOutputs?: Record<string, OutputSettings>;
  experimentName: string;
  displayName: string;
  tags: Record<string, string>;
  description?: string;
}

const PARENT = /^\$\{\{\s*parent\.(inputs|outputs)\.([\w.-]+)\s*\}\}$/;

/**
 * Parses a pipeline job of one registry component. The SDK writes snake_case inside `jobs` and camelCase
 * outside; both are accepted everywhere.
 * @throws ArmError 400 naming the property
 */
export function readPipelineSpec(jobName: string, properties: Record<string, unknown>): PipelineSpec {
  const jobType = textAt(properties, "jobType", "properties.jobType");
  if (jobType !== "Pipeline") {
    throw invalidProperty(
      "properties.jobType",
      `is ${JSON.stringify(jobType)}; the local cloud runs jobs of type "Pipeline" only.`,
    );
  }
  const jobs = properties["jobs"];
  const nodes = isObject(jobs) ? Object.entries(jobs) : [];
  const [entry, ...more] = nodes;
  if (!entry || more.length > 0) {
    const seen = nodes.map(([name]) => name).join(", ") || "none";
    throw invalidProperty(
      "properties.jobs",
      `must have exactly one node, a registry pipeline component; seen: ${seen}.`,
    );
  }
  const [nodeName, node] = entry;
  const path = `properties.jobs.${nodeName}`;
  if (!isObject(node)) throw invalidProperty(path, "must be an object.");
  const componentId = node["componentId"] ?? node["component_id"] ?? node["component"];
  if (typeof componentId !== "string")
    throw invalidProperty(`${path}.componentId`, "is missing; give the id of a registry component.");
  const parent = readInputs(properties["inputs"], "properties.inputs", {});
  const description = textAt(properties, "description", "properties.description");
  return {
    nodeName,
    componentId,
    inputs: readInputs(node["inputs"], `${path}.inputs`, parent),
    ...readOutputs(node["outputs"], `${path}.outputs`, properties["outputs"]),
    experimentName: textAt(properties, "experimentName", "properties.experimentName") ?? "Default",
    displayName: textAt(properties, "displayName", "properties.displayName") ?? jobName,
    tags: stringMap(properties["tags"], "properties.tags"),
    ...(description === undefined ? {} : { description }),
  };
}

function readInputs(
  value: unknown,
  path: string,
  parent: Record<string, JobInput>,
): Record<string, JobInput> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw invalidProperty(path, "must be an object.");
  const read: Record<string, JobInput> = {};
  for (const [name, input] of Object.entries(value)) {
    if (input === null) continue;
    read[name] = readInput(input, `${path}.${name}`, parent);
  }
  return read;
}

function readInput(input: unknown, path: string, parent: Record<string, JobInput>): JobInput {
  if (typeof input !== "object") return literalOrParent(String(input), path, parent);
  if (!isObject(input))
    throw invalidProperty(path, "must be an object with job_input_type, and value or uri.");
  const type = String(input["job_input_type"] ?? input["jobInputType"] ?? input["type"] ?? "literal");
  if (type === "literal") {
    const value = input["value"];
    if (value === undefined || value === null || typeof value === "object") {
      throw invalidProperty(`${path}.value`, "is missing; a literal input requires a value.");
    }
    return literalOrParent(String(value), path, parent);
  }
  const uri = input["uri"] ?? input["path"];
  if (typeof uri !== "string" || uri === "")
    throw invalidProperty(`${path}.uri`, `is missing; an input of type ${type} requires a uri.`);
  return { kind: "asset", type, uri };
}

function literalOrParent(value: string, path: string, parent: Record<string, JobInput>): JobInput {
  const reference = PARENT.exec(value);
  if (!reference) return { kind: "literal", value };
  const found = reference[1] === "inputs" ? parent[reference[2] ?? ""] : undefined;
  if (!found) throw invalidProperty(path, `refers to ${value}, but the pipeline has no such input.`);
  return found;
}

function readOutputs(
  value: unknown,
  path: string,
  declared: unknown,
): Required<Pick<PipelineSpec, "outputs" | "nodeOutputs">> {
  const pipelineOutputs = isObject(declared) ? Object.keys(declared) : [];
  if (value === undefined || value === null) return { outputs: {}, nodeOutputs: {} };
  if (!isObject(value)) throw invalidProperty(path, "must be an object.");
  const outputs: Record<string, string> = {};
  const nodeOutputs: Record<string, OutputSettings> = {};
  for (const [name, output] of Object.entries(value)) {
    if (isObject(output)) nodeOutputs[name] = readOutputSettings(output, `${path}.${name}`);
    const text = isObject(output) ? output["value"] : output;
    const reference = typeof text === "string" ? PARENT.exec(text) : null;
    if (reference?.[1] !== "outputs") continue;
    const target = reference[2] ?? "";
    if (!pipelineOutputs.includes(target)) {
      throw invalidProperty(
        `${path}.${name}`,
        `refers to the pipeline output "${target}", which properties.outputs does not declare.`,
      );
    }
    outputs[name] = target;
  }
  return { outputs, nodeOutputs };
}
