import type { ReadResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { EngineError } from "../errors";
import type { ResourceState } from "../state/state";
import { fromStruct } from "../values/struct";
import { stackReferenceType } from "../values/urn";
import { fromProgram, isUnknown, markAdditionalSecrets } from "../values/values";
import { checkRunning, describeStep, fail, perform, urnOf, type Deployment } from "./deployment";
import { providerFor } from "./providers";

/** Reads a StackReference as an external resource. Any other read (`X.get`) is refused by name. */
export async function readResource(d: Deployment, request: ReadResourceRequest): Promise<ResourceState> {
  const parent = request.getParent() || undefined;
  const [type, name, id] = [request.getType(), request.getName(), request.getId()];
  const urn = urnOf(d, type, name, parent);
  const next: ResourceState = {
    urn,
    custom: true,
    external: true,
    type,
    id,
    inputs: fromProgram(fromStruct(request.getProperties())),
    outputs: {},
    parent,
    dependencies: request.getDependenciesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  };
  const provider = await d.serially(async () => {
    checkRunning(d);
    try {
      if (type !== stackReferenceType) {
        throw new EngineError(
          "unsupported",
          `${type} "${name}": the embedded engine does not read existing resources (the static method get, the option id); ` +
            `use a function of the provider that looks the resource up, or the Pulumi CLI for this program`,
        );
      }
      if (d.registered.has(urn))
        throw new EngineError("resource", `Duplicate resource URN '${urn}'; try giving it a unique name`);
      const { provider, reference } = await providerFor(d, {
        ...{ type, parent, provider: request.getProvider() },
        ...{ version: request.getVersion(), downloadUrl: request.getPlugindownloadurl() },
      });
      next.provider = reference;
      d.registered.set(urn, next);
      return provider;
    } catch (error) {
      throw fail(d, error, urn);
    }
  });
  if (isUnknown(id)) return next;
  const old = d.olds.get(urn);
  await perform(d, describeStep("read", urn, { next, old }), {
    async call() {
      const found = await provider.read({ urn, id }, { inputs: {}, outputs: next.inputs ?? {} }, 0);
      if (!found) throw new EngineError("resource", `resource '${id}' does not exist`);
      return found;
    },
    record(outcome) {
      if ("error" in outcome) return;
      next.id = outcome.result.id;
      next.outputs = markAdditionalSecrets(outcome.result.outputs, next.additionalSecretOutputs);
      d.journal.add(next, old);
    },
  });
  return next;
}
