import { z } from "zod";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { armDocument, readList, readOne, text } from "./document";

/** An online endpoint of a workspace. */
export interface EndpointView {
  /** ARM id. */
  id: string;
  name: string;
  description: string;
  /** `Succeeded`, `Updating`, … */
  state: string;
  /** `Key`, `AADToken` or `AMLToken`, as the service writes it. */
  authMode: string;
  scoringUri: string;
  /** Percentages by deployment. */
  traffic: Record<string, number>;
  /** Share of the requests that a deployment gets a copy of, by deployment. */
  mirrorTraffic: Record<string, number>;
  tags: Record<string, string>;
  createdAt: string;
}

/** A deployment of an endpoint. */
export interface DeploymentView {
  id: string;
  name: string;
  state: string;
  /** ARM id of the model version, or `azureml://registries/…` for one of a registry. */
  model: string;
  /** VM size. */
  instanceType: string;
  instances: number;
  tags: Record<string, string>;
  createdAt: string;
}

/** The workspace's online endpoints, sorted by name. */
export async function listEndpoints(session: AzureSession, ref: WorkspaceRef): Promise<EndpointView[]> {
  const place = { below: "onlineEndpoints", what: "online endpoints" };
  const found = await readList(session, ref, place, endpointDocument);
  return byName(found.map(endpointView));
}

/** The endpoint, or `undefined` if it does not exist. */
export async function findEndpoint(
  session: AzureSession,
  ref: WorkspaceRef,
  name: string,
): Promise<EndpointView | undefined> {
  const place = { below: `onlineEndpoints/${name}`, what: `endpoint "${name}"` };
  const found = await readOne(session, ref, place, endpointDocument);
  return found && endpointView(found);
}

/** The deployments of an endpoint, sorted by name. Empty if the endpoint does not exist. */
export async function listDeployments(
  session: AzureSession,
  ref: WorkspaceRef,
  endpoint: string,
): Promise<DeploymentView[]> {
  const place = {
    below: `onlineEndpoints/${endpoint}/deployments`,
    what: `deployments of endpoint "${endpoint}"`,
  };
  const found = await readList(session, ref, place, deploymentDocument);
  return byName(found.map(deploymentView));
}

/** The deployments of all endpoints, each with its endpoint. */
export async function listAllDeployments(
  session: AzureSession,
  ref: WorkspaceRef,
): Promise<{ endpoint: EndpointView; deployment: DeploymentView }[]> {
  const endpoints = await listEndpoints(session, ref);
  const all = endpoints.map(async (endpoint) => {
    const found = await listDeployments(session, ref, endpoint.name);
    return found.map((deployment) => ({ endpoint, deployment }));
  });
  return (await Promise.all(all)).flat();
}

const percentages = z
  .record(z.string(), z.number())
  .nullish()
  .transform((value) => value ?? {});
const endpointDocument = armDocument(
  z.object({
    description: text,
    provisioningState: text,
    authMode: text,
    scoringUri: text,
    traffic: percentages,
    mirrorTraffic: percentages,
  }),
);
const deploymentDocument = armDocument(
  z.object({ provisioningState: text, model: text, instanceType: text }),
);

const endpointView = ({ properties, ...document }: z.output<typeof endpointDocument>): EndpointView => ({
  id: document.id,
  name: document.name,
  description: properties.description,
  state: properties.provisioningState,
  authMode: properties.authMode,
  scoringUri: properties.scoringUri,
  traffic: properties.traffic,
  mirrorTraffic: properties.mirrorTraffic,
  tags: document.tags,
  createdAt: document.systemData.createdAt,
});

const deploymentView = ({
  properties,
  ...document
}: z.output<typeof deploymentDocument>): DeploymentView => ({
  id: document.id,
  name: document.name,
  state: properties.provisioningState,
  model: properties.model,
  instanceType: properties.instanceType,
  instances: document.sku?.capacity ?? 1,
  tags: document.tags,
  createdAt: document.systemData.createdAt,
});

const byName = <Named extends { name: string }>(items: Named[]): Named[] =>
  items.sort((a, b) => a.name.localeCompare(b.name));
