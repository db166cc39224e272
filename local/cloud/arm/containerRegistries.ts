/** Container registries: control plane only; images are not kept here. */
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { ArmError, type ArmResource, type Cloud } from "../cloud";
import { resourceNotFound } from "../errors";
import { NAMES, registryNameUnique } from "../rules/names";
import { bodyOf, type Json, objectAt, requiredText } from "./body";
import { type ArmTypeSpec, idFor, registerArmType } from "./type";

const TYPE = "Microsoft.ContainerRegistry/registries";
const REGISTRY =
  "/subscriptions/:subscriptionId/resourceGroups/:resourceGroupName/providers/Microsoft.ContainerRegistry/registries/:registryName";
const SKUS = ["Basic", "Standard", "Premium"];

const registry: ArmTypeSpec = {
  type: TYPE,
  path: REGISTRY,
  alsoListedAt: ["/subscriptions/:subscriptionId/providers/Microsoft.ContainerRegistry/registries"],
  nameRule: NAMES.containerRegistry,
  tracked: true,
  topLevel: ["identity"],
  build: ({ cloud, body, existing, name, id }) => {
    const twin = cloud.resources
      .ofType(TYPE)
      .find(
        (other) =>
          other.name.toLowerCase() === name.toLowerCase() && other.id.toLowerCase() !== id.toLowerCase(),
      );
    registryNameUnique({ id, name }, twin);
    const sku = requiredText(objectAt(body, "sku") ?? existing?.sku ?? {}, "name", "sku.name", SKUS);
    return {
      sku: { name: sku, tier: sku },
      hidden: existing?.hidden ?? { passwords: [password("password"), password("password2")] },
      properties: {
        adminUserEnabled: false,
        anonymousPullEnabled: false,
        dataEndpointEnabled: false,
        publicNetworkAccess: "Enabled",
        networkRuleBypassOptions: "AzureServices",
        zoneRedundancy: "Disabled",
        encryption: { status: "disabled" },
        policies: {
          quarantinePolicy: { status: "disabled" },
          trustPolicy: { type: "Notary", status: "disabled" },
          retentionPolicy: { days: 7, status: "disabled" },
        },
        ...(objectAt(body, "properties") ?? {}),
        loginServer: `${name.toLowerCase()}.azurecr.localhost`,
        creationDate: existing?.properties["creationDate"] ?? cloud.clock.now().toISOString(),
        dataEndpointHostNames: [],
        privateEndpointConnections: [],
      },
    };
  },
  putWork: { latency: "registry.create" },
  deleteWork: { latency: "registry.delete" },
};

function password(name: string): Json {
  return { name, value: randomBytes(24).toString("base64url") };
}

function credentialsOf({ name, hidden }: ArmResource): Json {
  return { username: name, passwords: hidden?.["passwords"] };
}

/** The registry, where its admin user is enabled. */
function withAdmin(cloud: Cloud, params: Record<string, string>): ArmResource {
  const id = idFor(REGISTRY, params);
  const resource = cloud.resources.get(id);
  if (!resource) throw resourceNotFound(id);
  if (resource.properties["adminUserEnabled"] === true) return resource;
  const message = `Admin user is disabled for the registry '${resource.name}': set adminUserEnabled to true.`;
  throw new ArmError(400, "UnAuthorizedForCredentialOperations", message);
}

/** Registers the type, admin credentials and the name check. */
export function registerContainerRegistries(app: FastifyInstance, cloud: Cloud): void {
  registerArmType(app, cloud, registry);
  app.post<{ Params: Record<string, string> }>(`${REGISTRY}/listCredentials`, (request) =>
    credentialsOf(withAdmin(cloud, request.params)),
  );
  app.post<{ Params: Record<string, string> }>(`${REGISTRY}/regenerateCredential`, (request) => {
    const resource = withAdmin(cloud, request.params);
    const which = requiredText(bodyOf(request), "name", "name", ["password", "password2"]);
    const passwords = (resource.hidden?.["passwords"] as Json[]).map((known) =>
      known["name"] === which ? password(which) : known,
    );
    const changed = { ...resource, hidden: { ...resource.hidden, passwords } };
    cloud.resources.put(changed);
    return credentialsOf(changed);
  });
  app.post(
    "/subscriptions/:subscriptionId/providers/Microsoft.ContainerRegistry/checkNameAvailability",
    (request) => {
      const name = requiredText(bodyOf(request), "name", "name");
      const taken = cloud.resources
        .ofType(TYPE)
        .some((other) => other.name.toLowerCase() === name.toLowerCase());
      if (!taken) return { nameAvailable: true };
      return {
        nameAvailable: false,
        reason: "AlreadyExists",
        message: `The registry ${name} is already in use.`,
      };
    },
  );
}
