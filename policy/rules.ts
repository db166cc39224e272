import type { Rule } from "./rule";
import { noKeyAuthentication, noPublicEndpoint, noPublicWorkspace } from "./rules/access";
import { clusterNodes, deploymentInstances, scalesToZero } from "./rules/counts";
import { gateIsMet, gateIsSet } from "./rules/gate";
import {
  customerManagedKey,
  encryptedStorage,
  livenessProbe,
  managedIdentity,
  protectedVault,
} from "./rules/protection";
import { regions } from "./rules/regions";
import { gpuSizes } from "./rules/sizes";
import { resourceTags, stackTags } from "./rules/tags";

/** All rules of the pack, in the order of docs/policy.md. */
export const rules: readonly Rule[] = [
  stackTags,
  resourceTags,
  regions,
  gpuSizes,
  clusterNodes,
  scalesToZero,
  deploymentInstances,
  livenessProbe,
  gateIsSet,
  gateIsMet,
  noKeyAuthentication,
  noPublicWorkspace,
  noPublicEndpoint,
  encryptedStorage,
  protectedVault,
  customerManagedKey,
  managedIdentity,
];
