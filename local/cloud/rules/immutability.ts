import { isDeepStrictEqual } from "node:util";
import { ArmError } from "../armError";
import { rule } from "./rule";

const same = (left: unknown, right: unknown): boolean =>
  String(left).toLowerCase() === String(right).toLowerCase();

export const dataVersionFixed = rule(
  "a data version's uri and type never change",
  "documented",
  "how-to-create-data-assets: data assets are immutable",
  (
    { asset, version }: { asset: string; version: string },
    before: Record<string, unknown>,
    { dataUri, dataType }: { dataUri: string; dataType: string },
  ) => {
    if (before["dataUri"] === dataUri && before["dataType"] === dataType) return;
    const message =
      `A data version with this name and version is already registered ('${asset}' version '${version}': ${String(before["dataUri"])}). ` +
      "Its data uri and type cannot be changed; only tags, description and isArchived can. To register other data, use another version.";
    throw new ArmError(409, "UserError", message, { target: "properties.dataUri" });
  },
);

export const dataContainerTypeFixed = rule(
  "all versions of a data asset have one type",
  "observed",
  "dataType of the data container in Azure's OpenAPI documents is create-only",
  (name: string, before: unknown, dataType: string) => {
    if (before === undefined || before === dataType) return;
    const message = `The data type of '${name}' is '${String(before)}' and cannot become '${dataType}'.`;
    throw new ArmError(409, "UserError", message, { target: "properties.dataType" });
  },
);

export const modelVersionFixed = rule(
  "a model version's files and type never change",
  "documented",
  "how-to-manage-models: models are versioned; the same PUT again is answered with the version",
  (
    version: string,
    stored: { uri: unknown; givenUri: unknown; type: unknown },
    requested: { uri: string; type: string },
  ) => {
    const sameUri = requested.uri === stored.uri || requested.uri === stored.givenUri;
    if (sameUri && requested.type === stored.type) return;
    const what = sameUri ? `type ${String(stored.type)}` : `uri ${String(stored.uri)}`;
    const message = `Model version ${version} already exists with ${what}, and a version's content does not change. Register a new version.`;
    throw new ArmError(409, "Conflict", message, {
      target: sameUri ? "properties.modelType" : "properties.modelUri",
    });
  },
);

export const assetContentFixed = rule(
  "the content of a version of an environment, a component or code never changes",
  "documented",
  "concept-azure-machine-learning-v2: assets are versioned; how-to-manage-environments-v2: only tags and description are updated",
  (what: string, version: string, before: Record<string, unknown>, requested: Record<string, unknown>) => {
    const changed = Object.keys(requested).find(
      (key) => !isDeepStrictEqual(before[key] ?? null, requested[key] ?? null),
    );
    if (changed === undefined) return;
    const message = `${what}, version ${version}, is already registered with another ${changed}, and a version's content does not change. Register a new version.`;
    throw new ArmError(409, "Conflict", message, { target: `properties.${changed}` });
  },
);

export const jobNameUsedOnce = rule(
  "a job's name is used once: another job with that name is refused, the same job again is accepted",
  "documented",
  "schema of the job YAML: the name must be unique across all jobs in the workspace",
  (name: string, before: string, content: string) => {
    if (before === content) return;
    const message = `A job with the name ${name} already exists with other content, and jobs do not change. Submit this job under another name.`;
    throw new ArmError(409, "Conflict", message, { target: "name" });
  },
);

const CLUSTER_FIXED = ["vmSize", "vmPriority", "osType"] as const;

export const clusterSizeFixed = rule(
  "a cluster's size, priority and operating system never change",
  "documented",
  "how-to-create-attach-compute-cluster: delete it and make another",
  (name: string, before: Record<string, unknown>, after: Record<string, unknown>) => {
    for (const key of CLUSTER_FIXED) {
      if (same(before[key], after[key])) continue;
      const message = `The property '${key}' of compute '${name}' cannot change from '${String(before[key])}' to '${String(after[key])}'. Delete the compute and create it again, or give the new one another name.`;
      throw new ArmError(400, "ComputePropertyNotUpdatable", message, {
        target: `properties.properties.${key}`,
      });
    }
  },
);

export const endpointAuthFixed = rule(
  "an endpoint's authMode never changes",
  "documented",
  "how-to-authenticate-online-endpoint",
  (before: unknown, authMode: string) => {
    if (before === undefined || before === authMode) return;
    const message = `properties.authMode is "${authMode}" and was "${String(before)}"; it cannot change. Create another endpoint.`;
    throw new ArmError(400, "ValidationError", message, { target: "properties.authMode" });
  },
);

export const workspaceDependenciesFixed = rule(
  "a workspace keeps its storage account and its key vault",
  "documented",
  "concept-workspace: associated resources cannot be exchanged",
  (target: string, before: unknown, id: string) => {
    if (before === undefined || same(before, id)) return;
    const message = `'${target}' of a workspace cannot change (it is '${String(before)}').`;
    throw new ArmError(400, "BadRequest", message, { target });
  },
);

export const storageKindFixed = rule(
  "a storage account keeps its kind; only Storage can become StorageV2",
  "documented",
  "storage-account-upgrade",
  (name: string, before: string | undefined, kind: string) => {
    if (before === undefined || before === kind || (before === "Storage" && kind === "StorageV2")) return;
    const message = `The kind of storage account '${name}' is '${before}' and cannot become '${kind}'.`;
    throw new ArmError(409, "AccountKindNotUpdatable", message);
  },
);

export const storageNamespaceFixed = rule(
  "a storage account's hierarchical namespace is set at creation",
  "observed",
  "isHnsEnabled is force-new in the azure-native provider",
  (before: unknown, isHnsEnabled: unknown) => {
    if (before === isHnsEnabled) return;
    const message = "The property 'isHnsEnabled' was specified in the input, but it cannot be updated.";
    throw new ArmError(400, "AccountPropertyCannotBeUpdated", message, { target: "isHnsEnabled" });
  },
);

export const locationFixed = rule(
  "a resource's location never changes",
  "documented",
  "ARM's common errors: InvalidResourceLocation",
  (name: string, before: string | undefined, location: string) => {
    if (!before || before === location) return;
    const message = `The resource '${name}' already exists in location '${before}'. A resource with the same name cannot be created in location '${location}'.`;
    throw new ArmError(409, "InvalidResourceLocation", message);
  },
);

export const purgeProtectionFixed = rule(
  "a vault's purge protection cannot be turned off",
  "documented",
  "key-vault soft-delete overview",
  (before: unknown, requested: unknown) => {
    if (before !== true || requested !== false) return;
    const message =
      "The property 'enablePurgeProtection' cannot be set to false. Enabling it is irreversible.";
    throw new ArmError(400, "BadRequest", message);
  },
);

export const rolePrincipalFixed = rule(
  "a role assignment keeps its principal",
  "documented",
  "role-based-access-control troubleshooting: RoleAssignmentUpdateNotPermitted",
  (before: unknown, principalId: string) => {
    if (before === undefined || before === principalId) return;
    const message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.";
    throw new ArmError(409, "RoleAssignmentUpdateNotPermitted", message);
  },
);
