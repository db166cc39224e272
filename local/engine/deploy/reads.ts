import type { ReadResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { decryptCheckpoint } from "../state/checkpoint";
import { readState } from "../state/backend";
import { checkRunning, count, describeStep, fail, perform, type Deployment } from "./deployment";
import { EngineError } from "../errors";
import { openSecrets, findPassphrase } from "../state/secrets";
import { providerFor, type LoadedProvider } from "../plugin/providers";
import type { ResourceState } from "../state/state";
import { fromStruct } from "../values/struct";
import { makeUrn, stackType } from "../values/urn";
import {
  fromProgram,
  hasSecrets,
  isUnknown,
  markAdditionalSecrets,
  type Properties,
  type Value,
} from "../values/values";

const stackReferenceType = "pulumi:pulumi:StackReference";

/**
 * Handles `X.get(…)` and StackReference: the resource is read and kept in the state as external, never changed or deleted.
 */
export async function readResource(d: Deployment, request: ReadResourceRequest): Promise<ResourceState> {
  const parent = request.getParent() || undefined;
  const [type, name, id] = [request.getType(), request.getName(), request.getId()];
  const urn = makeUrn({ stack: d.stack, project: d.project.name, ...(parent ? { parent } : {}), type, name });
  const properties = fromProgram(fromStruct(request.getProperties()));
  const prepared = await d.serially(async () => {
    checkRunning(d);
    try {
      if (d.registered.has(urn))
        throw new EngineError("resource", `Duplicate resource URN '${urn}'; try giving it a unique name`);
      const wanted = {
        type,
        provider: request.getProvider(),
        version: request.getVersion(),
        downloadUrl: request.getPlugindownloadurl(),
        parent,
      };
      const loaded = type === stackReferenceType ? undefined : await providerFor(d, wanted);
      const next: ResourceState = {
        urn,
        custom: true,
        external: true,
        type,
        id,
        inputs: properties,
        outputs: {},
        ...(parent ? { parent } : {}),
        ...(loaded ? { provider: loaded.reference } : {}),
        dependencies: request.getDependenciesList(),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      };
      d.registered.set(urn, next);
      return { next, loaded };
    } catch (error) {
      throw fail(d, error, urn);
    }
  });
  const { next, loaded } = prepared;
  if (isUnknown(id)) return next;
  const old = d.olds.get(urn);
  await perform(d, describeStep("read", urn, { next, old }), async () => {
    await fill(d, next, loaded);
    if (old && !old.external) {
      old.delete = true;
      d.journal.touch(old);
      d.replaced.add(urn);
      d.journal.add(next);
    } else d.journal.add(next, old);
  });
  count(d, "read", urn);
  return next;
}

async function fill(d: Deployment, next: ResourceState, loaded: LoadedProvider | undefined): Promise<void> {
  if (!loaded) {
    next.outputs = await stackReference(d, next.inputs ?? {});
    return;
  }
  if (!loaded.provider.isConfigured()) return;
  const past = { inputs: {}, outputs: next.inputs ?? {} };
  const found = await loaded.provider.read({ urn: next.urn, id: next.id ?? "" }, past, 0);
  if (!found) throw new EngineError("resource", `resource '${next.id}' does not exist`);
  next.id = found.id;
  next.outputs = markAdditionalSecrets(found.outputs, next.additionalSecretOutputs);
}

/** Outputs of another stack of the same backend: {name, outputs, secretOutputNames}. */
async function stackReference(d: Deployment, inputs: Properties): Promise<Properties> {
  const name = String(inputs.name ?? "");
  const parts = name.split("/");
  const [project, stack] =
    parts.length === 3 ? parts.slice(1) : parts.length === 2 ? parts : [d.project.name, name];
  const outputs = await outputsOfStack(d, project ?? "", stack ?? "", name);
  const secretNames = Object.keys(outputs).filter((key) => hasSecrets(outputs[key]));
  return { name, outputs, secretOutputNames: secretNames };
}

/** The outputs of a stack in this backend. Errors: resource, if the stack is unknown or its secrets cannot be opened. */
export async function outputsOfStack(
  d: Deployment,
  project: string,
  stack: string,
  name: string,
): Promise<Properties> {
  const raw = await readState(d.backend, project, stack);
  if (!raw)
    throw new EngineError(
      "resource",
      `unknown stack "${name}": this backend has no state of ${project}/${stack}`,
    );
  const crypter =
    raw.salt && raw.salt !== d.crypter.salt
      ? await openSecrets(raw.salt, await findPassphrase(process.env))
      : d.crypter;
  const root = decryptCheckpoint(raw, crypter).resources.find(
    (resource) => resource.type === stackType && !resource.delete,
  );
  return root?.outputs ?? {};
}

/** `pulumi:pulumi:getResource`: a resource of this run as it is now. */
export function getResource(d: Deployment, urn: string): Properties {
  const state = d.registered.get(urn) ?? d.olds.get(urn);
  if (!state) throw new EngineError("resource", `unknown resource ${urn}`);
  const outputs: Value = state.outputs ?? {};
  return { urn, id: state.id ?? "", state: outputs };
}
