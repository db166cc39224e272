import type { ReadResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { EngineError } from "../errors";
import { providerFor } from "../plugin/providers";
import { openState, readState } from "../state/backend";
import { findPassphrase } from "../state/secrets";
import type { ResourceState } from "../state/state";
import { fromStruct } from "../values/struct";
import { stackType } from "../values/urn";
import { fromProgram, hasSecrets, isUnknown, markAdditionalSecrets, type Properties } from "../values/values";
import { checkRunning, describeStep, fail, perform, type Deployment } from "./deployment";
import { urnOf } from "./goal";

/**
 * Handles `X.get(…)` and StackReference: the resource is read and kept in the state as external, never changed or deleted.
 * Throws Stopped, reported.
 */
export async function readResource(d: Deployment, request: ReadResourceRequest): Promise<ResourceState> {
  const parent = request.getParent() || undefined;
  const [type, name, id] = [request.getType(), request.getName(), request.getId()];
  const urn = urnOf(d, type, name, parent);
  const wanted = {
    type,
    provider: request.getProvider(),
    version: request.getVersion(),
    downloadUrl: request.getPlugindownloadurl(),
    parent,
  };
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
      if (d.registered.has(urn))
        throw new EngineError("resource", `Duplicate resource URN '${urn}'; try giving it a unique name`);
      const { provider, reference } = await providerFor(d, wanted);
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
      if (!provider.isConfigured()) return { id, outputs: {} };
      const past = { inputs: {}, outputs: next.inputs ?? {} };
      const found = await provider.read({ urn, id }, past, 0);
      if (!found) throw new EngineError("resource", `resource '${id}' does not exist`);
      return found;
    },
    record(outcome) {
      if ("error" in outcome) return;
      next.id = outcome.result.id;
      next.outputs = markAdditionalSecrets(outcome.result.outputs, next.additionalSecretOutputs);
      if (!old || old.external) return d.journal.add(next, old);
      // What was ours is only read now: the real thing is deleted at the end of the run, as Pulumi does it.
      old.delete = true;
      d.replaced.add(urn);
      d.journal.touch(old);
      d.journal.add(next);
    },
  });
  return next;
}

/** What a reference to another stack of the same backend gives: {name, outputs, secretOutputNames}. */
export async function stackReference(d: Deployment, name: string): Promise<Properties> {
  const stack = (await resourcesOfStack(d, name)).find((resource) => resource.type === stackType);
  const outputs = stack?.outputs ?? {};
  const secretOutputNames = Object.keys(outputs).filter((key) => hasSecrets(outputs[key]));
  return { name, outputs, secretOutputNames: secretOutputNames.sort() };
}

/**
 * The live resources of a stack in this backend, named `stack`, `project/stack` or `organization/project/stack`.
 * Errors: resource, if the stack is unknown; passphrase, if its secrets cannot be opened with that of this run.
 */
export async function resourcesOfStack(d: Deployment, name: string): Promise<ResourceState[]> {
  const [stack = "", project = d.project.name] = name.split("/").reverse();
  const raw = await readState(d.backend, project, stack);
  if (!raw) {
    throw new EngineError(
      "resource",
      `unknown stack "${name}": this backend has no state of ${project}/${stack}`,
    );
  }
  const { resources } = await openState(raw, d.crypter, await findPassphrase(d.env));
  return resources.filter((resource) => !resource.delete);
}

/** `pulumi:pulumi:getResource`: a resource of this run as it is now. Errors: resource, if the run does not know it. */
export function getResource(d: Deployment, urn: string): Properties {
  const state = d.registered.get(urn) ?? d.olds.get(urn);
  if (!state) throw new EngineError("resource", `unknown resource ${urn}`);
  return { urn, id: state.id ?? "", state: state.outputs ?? {} };
}
