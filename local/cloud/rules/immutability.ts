import { isDeepStrictEqual } from "node:util";
import { ArmError } from "../armError";
import { rule } from "./rule";

const same = (left: unknown, right: unknown): boolean =>
  String(left).toLowerCase() === String(right).toLowerCase();

export const dataVersionFixed = rule(
  "data-version-fixed",
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
  "data-container-type-fixed",
  (name: string, before: unknown, dataType: string) => {
    if (before === undefined || before === dataType) return;
    const message = `The data type of '${name}' is '${String(before)}' and cannot become '${dataType}'.`;
    throw new ArmError(409, "UserError", message, { target: "properties.dataType" });
  },
);

export const modelVersionFixed = rule(
  "model-version-fixed",
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
  "asset-content-fixed",
  (what: string, version: string, before: Record<string, unknown>, requested: Record<string, unknown>) => {
    const changed = Object.keys(requested).find(
      (key) => !isDeepStrictEqual(before[key] ?? null, requested[key] ?? null),
    );
    if (changed === undefined) return;
    const message = `${what}, version ${version}, is already registered with another ${changed}, and a version's content does not change. Register a new version.`;
    throw new ArmError(409, "Conflict", message, { target: `properties.${changed}` });
  },
);

export const jobNameUsedOnce = rule("job-name-used-once", (name: string, before: string, content: string) => {
  if (before === content) return;
  const message = `A job with the name ${name} already exists with other content, and jobs do not change. Submit this job under another name.`;
  throw new ArmError(409, "Conflict", message, { target: "name" });
});

const CLUSTER_FIXED = ["vmSize", "vmPriority", "osType"] as const;

export const clusterSizeFixed = rule(
  "cluster-size-fixed",
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

export const deploymentSizeFixed = rule(
  "deployment-size-fixed",
  (name: string, before: unknown, instanceType: string) => {
    if (before === undefined || same(before, instanceType)) return;
    const message = `properties.instanceType of deployment '${name}' is '${String(before)}' and cannot change to '${instanceType}'. Create another deployment and move the traffic.`;
    throw new ArmError(400, "BadRequest", message, { target: "properties.instanceType" });
  },
);

export const endpointAuthFixed = rule("endpoint-auth-fixed", (before: unknown, authMode: string) => {
  if (before === undefined || before === authMode) return;
  const message = `properties.authMode is "${authMode}" and was "${String(before)}"; it cannot change. Create another endpoint.`;
  throw new ArmError(400, "ValidationError", message, { target: "properties.authMode" });
});

export const workspaceDependenciesFixed = rule(
  "workspace-dependencies-fixed",
  (target: string, before: unknown, id: string) => {
    if (before === undefined || same(before, id)) return;
    const message = `'${target}' of a workspace cannot change (it is '${String(before)}').`;
    throw new ArmError(400, "BadRequest", message, { target });
  },
);

export const storageKindFixed = rule(
  "storage-kind-fixed",
  (name: string, before: string | undefined, kind: string) => {
    if (before === undefined || before === kind || (before === "Storage" && kind === "StorageV2")) return;
    const message = `The kind of storage account '${name}' is '${before}' and cannot become '${kind}'.`;
    throw new ArmError(409, "AccountKindNotUpdatable", message);
  },
);

export const storageNamespaceFixed = rule(
  "storage-namespace-fixed",
  (before: unknown, isHnsEnabled: unknown) => {
    if (before === isHnsEnabled) return;
    const message = "The property 'isHnsEnabled' was specified in the input, but it cannot be updated.";
    throw new ArmError(400, "AccountPropertyCannotBeUpdated", message, { target: "isHnsEnabled" });
  },
);

export const locationFixed = rule(
  "location-fixed",
  (name: string, before: string | undefined, location: string) => {
    if (!before || before === location) return;
    const message = `The resource '${name}' already exists in location '${before}'. A resource with the same name cannot be created in location '${location}'.`;
    throw new ArmError(409, "InvalidResourceLocation", message);
  },
);

export const purgeProtectionFixed = rule("purge-protection-fixed", (before: unknown, requested: unknown) => {
  if (before !== true || requested !== false) return;
  const message = "The property 'enablePurgeProtection' cannot be set to false. Enabling it is irreversible.";
  throw new ArmError(400, "BadRequest", message);
});

export const rolePrincipalFixed = rule("role-principal-fixed", (before: unknown, principalId: string) => {
  if (before === undefined || before === principalId) return;
  const message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.";
  throw new ArmError(409, "RoleAssignmentUpdateNotPermitted", message);
});
