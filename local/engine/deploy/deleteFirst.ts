import { dependantsOf } from "./deleteOrder";
import type { Deployment } from "./deployment";
import { deleteResource } from "./deletes";
import { compareInputs, isReplacement } from "../values/diff";
import { EngineError } from "../errors";
import { providerFromState } from "../plugin/providers";
import type { ResourceState } from "../state/state";
import { unknownValue, type Properties } from "../values/values";

/**
 * Deletes a resource that is about to be replaced, and before it, in reverse order, everything that would have to be
 * replaced along with it. Each stays in the state as pending replacement until it is made again (or, if the program no
 * longer has it, until the end of the run), so that a crash in between loses nothing.
 */
export async function deleteBeforeReplace(d: Deployment, root: ResourceState): Promise<void> {
  const chain = await replacedAlong(d, root);
  const condemned = new Set([root.urn, ...chain.map((resource) => resource.urn)]);
  for (const dependant of chain.reverse()) {
    if (d.deletedFirst.has(dependant)) continue;
    if (dependant.protect) {
      throw new EngineError(
        "resource",
        `unable to replace resource "${dependant.urn}" as part of replacing "${root.urn}" as it is currently marked for protection. ` +
          `To unprotect it, remove the \`protect\` flag from it in your Pulumi program and run \`up\``,
      );
    }
    await removeForReplacement(d, dependant, condemned);
    d.deletedFirst.add(dependant);
    d.replaced.add(dependant.urn);
  }
  if (!root.pendingReplacement) await removeForReplacement(d, root, condemned);
}

async function removeForReplacement(
  d: Deployment,
  resource: ResourceState,
  condemned: ReadonlySet<string>,
): Promise<void> {
  if (resource.pendingReplacement) return;
  await deleteResource(d, "delete-replaced", resource, condemned, () => {
    resource.pendingReplacement = true;
    d.journal.touch(resource);
  });
}

/** The dependants of a resource that a change of it would replace: their providers say so, given the change as unknown. */
async function replacedAlong(d: Deployment, root: ResourceState): Promise<ResourceState[]> {
  const replaced = new Set([root.urn]);
  const chain: ResourceState[] = [];
  const live = d.journal.resources().filter((resource) => !resource.delete);
  for (const resource of dependantsOf(root, live, new Set(d.registered.keys()))) {
    if (!(await replacedWith(d, resource, replaced))) continue;
    replaced.add(resource.urn);
    chain.push(resource);
  }
  return chain;
}

async function replacedWith(
  d: Deployment,
  resource: ResourceState,
  replaced: ReadonlySet<string>,
): Promise<boolean> {
  if (!resource.custom || resource.external) return false;
  if (resource.provider && replaced.has(resource.provider.slice(0, resource.provider.lastIndexOf("::"))))
    return true;
  if (resource.deletedWith && replaced.has(resource.deletedWith)) return true;
  const inputs = resource.inputs ?? {};
  const touched = Object.keys(inputs).filter((key) => {
    return (resource.propertyDependencies?.[key] ?? []).some((urn) => replaced.has(urn));
  });
  if (touched.length === 0) return false;
  if (resource.type.startsWith("pulumi:providers:")) return false;
  const changed: Properties = { ...inputs, ...Object.fromEntries(touched.map((key) => [key, unknownValue])) };
  const { provider } = await providerFromState(d, resource.provider ?? "");
  const old = { inputs, outputs: resource.outputs ?? {} };
  const diff = await provider.diff({ urn: resource.urn, id: resource.id ?? "" }, old, changed, []);
  return isReplacement(diff ?? compareInputs(inputs, changed));
}
