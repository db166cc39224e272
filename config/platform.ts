import { z } from "zod";
import { formatValue, type Problem } from "../azureml/problem";
import { resourceGroupPattern } from "./namePatterns";
import { booleanSetting, choiceSetting, setting, stringSetting } from "./setting";

/**
 * Page how-to-manage-registries (MicrosoftDocs/azure-ai-docs): 2-32 characters; the API's pattern of registryName: 3-33. A name
 * that both accept is allowed.
 */
const registryPattern = /^[A-Za-z0-9][\w-]{2,31}$/;

/** The section `platform`: what environments share. A stack with it creates nothing else. */
export const platformSection = z.strictObject({
  registry: z
    .strictObject({
      name: stringSetting({
        doc: "Azure ML registry to create; the stack then creates nothing else. Unique in the Entra tenant; a change replaces the registry.",
        allowed: "3-32 letters, digits, - and _, starting with a letter or digit",
        pattern: registryPattern,
        defaultText: "none: required in a platform stack",
      }),
      resourceGroup: stringSetting({
        doc: "Resource group to create for the registry.",
        allowed: "1-90 letters, digits, - _ . ( ), no dot at the end",
        pattern: resourceGroupPattern,
        defaultText: "rg-<project>-<stack>-<hash>",
      }).optional(),
      locations: setting(
        {
          doc: "Further regions whose workspaces use the registry, besides azure-native:location. Each bills storage and a replica of the container registry.",
          allowed: "a list of region names such as eastus2",
        },
        z.array(z.string().regex(/^[a-z][a-z0-9]+$/)),
      ).default([]),
      storageSku: choiceSetting(["Standard_LRS", "Standard_ZRS", "Standard_GRS", "Standard_RAGRS"], {
        doc: "Redundancy of the registry's storage accounts.",
      }).default("Standard_LRS"),
      publicNetworkAccess: booleanSetting({
        doc: "Whether the registry is reachable from public networks.",
      }).default(true),
      protect: booleanSetting({
        doc: "Protect the registry and its resource group from deletion.",
      }).default(false),
    })
    .optional(),
});

export type RegistryConfig = NonNullable<z.output<typeof platformSection>["registry"]>;

/** Sections that apply to a platform stack. */
const applicable = ["platform", "tags"];

/**
 * Sections that a platform stack sets and that would have no effect.
 * @param keys full keys of the configuration, such as `azureml-finetune:compute`.
 */
export function platformProblems(
  platform: z.output<typeof platformSection> | undefined,
  keys: readonly string[],
  project: string,
): Problem[] {
  if (!platform?.registry) return [];
  return keys
    .filter((key) => key.startsWith(`${project}:`) && !applicable.includes(key.slice(project.length + 1)))
    .map((property) => ({
      property,
      seen: `set, but the stack creates the registry ${formatValue(platform.registry?.name)} and nothing else`,
      allowed: `${applicable.join(", ")} in a platform stack`,
      remedy: "Remove it, or move it to the file of a stack that trains or promotes.",
    }));
}
