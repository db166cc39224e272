/** Pieces that many golden bodies share. */
import { type Json, notFound } from "./exchange";

/** Who wrote a resource and when, for every ARM type that stores it. */
export const SYSTEM_DATA: Json = {
  createdBy: "<guid>",
  createdByType: "Application",
  createdAt: "<time>",
  lastModifiedBy: "<guid>",
  lastModifiedByType: "Application",
  lastModifiedAt: "<time>",
};

export const LOCATION = "westeurope";
export const TENANT = "00000000-0000-0000-0000-00000000000a";

const ML = "Microsoft.MachineLearningServices";

/** Members of an ARM resource. */
export function resource(id: string, type: string, members: Json): Json {
  return { id, name: id.split("/").at(-1), type, ...members };
}

/** A resource of Azure Machine Learning below a workspace, with `systemData`. */
export function mlResource(path: string, type: string, members: Json): Json {
  return resource(`{ws}/${path}`, `${ML}/workspaces/${type}`, { systemData: SYSTEM_DATA, ...members });
}

/**
 * Further members of errors of Azure Machine Learning's own service (reference: errors of its conventions).
 */
export const FROM_SERVICE: Json = {
  target: null,
  details: [],
  additionalInfo: [{ type: "ComponentName", info: { value: "managementfrontend" } }],
};

/** A 404 of Azure Machine Learning's own service: ARM's words, the service's body. */
export function mlNotFound(id: string): Json {
  const { error } = notFound(id) as { error: Json };
  return { error: { ...FROM_SERVICE, ...error } };
}

/** Headers of an operation that clients follow by `Azure-AsyncOperation` (and `Location`). */
export function asyncHeaders(namespace: string, status: string, result: string): Record<string, string> {
  const root = `<base>{sub}/providers/${namespace}/locations`;
  return {
    "azure-asyncoperation": `${root}/<text>/${status}/<text>?api-version=<text>`,
    location: `${root}/<text>/${result}/<text>?api-version=<text>`,
    "retry-after-ms": "<digits>",
    "x-ms-async-operation-timeout": "PT1H",
  };
}

/** Headers of Azure Machine Learning's front end for endpoints and deployments. */
export const MFE = asyncHeaders(ML, "mfeOperationsStatus", "mfeOperationResults");

export const page = (...value: readonly unknown[]): Json => ({ value });

/** Pages of the routes that always contain a link to the next one. */
export const lastPage = (...value: readonly unknown[]): Json => ({ value, nextLink: null });
