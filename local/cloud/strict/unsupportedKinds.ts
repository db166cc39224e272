/**
 * Kinds of resources that Azure has and the local cloud does not. Their members are not mistakes, so the kind is refused and
 * not its first member.
 */
import { isObject } from "../arm/body";

interface Kinds {
  /** End of the request's path. */
  path: RegExp;
  /** The member that names the kind. */
  member: readonly string[];
  supported: readonly string[];
}

const KINDS: readonly Kinds[] = [
  { path: /\/computes\/[^/]+$/i, member: ["properties", "computeType"], supported: ["AmlCompute"] },
  { path: /\/jobs\/[^/]+$/i, member: ["properties", "jobType"], supported: ["Pipeline"] },
  // Any node of the pipeline: a data import is a job with a node of the type data_transfer (azure-ai-ml 1.35.2, import_data).
  { path: /\/jobs\/[^/]+$/i, member: ["properties", "jobs", "*", "type"], supported: ["pipeline"] },
  {
    path: /\/datastores\/[^/]+$/i,
    member: ["properties", "datastoreType"],
    supported: ["AzureBlob", "AzureFile", "AzureDataLakeGen2"],
  },
  {
    path: /\/deployments\/[^/]+$/i,
    member: ["properties", "endpointComputeType"],
    supported: ["Managed"],
  },
];

function valuesAt(value: unknown, [name, ...rest]: readonly string[], path = ""): Array<[string, unknown]> {
  if (name === undefined) return [[path, value]];
  if (!isObject(value)) return [];
  const names = name === "*" ? Object.keys(value) : [name];
  return names.flatMap((one) => valuesAt(value[one], rest, path === "" ? one : `${path}.${one}`));
}

/** The kind that a request names and that the local cloud does not have. */
export function unsupportedKind(url: string, body: unknown): { target: string; message: string } | undefined {
  const path = url.split("?")[0] ?? "";
  for (const { path: end, member, supported } of KINDS) {
    if (!end.test(path)) continue;
    for (const [target, kind] of valuesAt(body, member)) {
      if (typeof kind !== "string") continue;
      if (supported.some((one) => one.toLowerCase() === kind.toLowerCase())) continue;
      const message = `${target} is "${kind}", which the local cloud does not support. Supported: ${supported.join(", ")}.`;
      return { target, message };
    }
  }
  return undefined;
}
