import { z } from "zod";

const properties = z.record(z.string(), z.unknown());
const resourceState = z.looseObject({
  id: z.string().optional(),
  inputs: properties.nullish(),
  outputs: properties.nullish(),
  ignoreChanges: z.array(z.string()).nullish(),
});

const engineStep = z.looseObject({
  op: z.string(),
  urn: z.string(),
  oldState: resourceState.nullish(),
  newState: resourceState.nullish(),
  diffReasons: z.array(z.string()).nullish(),
  replaceReasons: z.array(z.string()).nullish(),
  detailedDiff: z.record(z.string(), z.looseObject({ kind: z.string() })).nullish(),
});

/**
 * What `pulumi preview --json` and `pulumi refresh --preview-only --json` print, and the embedded engine as well
 * (pulumi/pulumi, pkg/display/json.go and pkg/backend/display/json.go: `PreviewDigest`). Secrets are `[secret]` there,
 * and what an update alone will know is a fixed text.
 */
export const engineDocument = z.looseObject({
  steps: z.array(engineStep).nullish(),
  diagnostics: z
    .array(z.looseObject({ message: z.string().optional(), severity: z.string().optional() }))
    .nullish(),
});

export type EngineStep = z.infer<typeof engineStep>;
export type EngineDocument = z.infer<typeof engineDocument>;

/** The engine's document in a command's output. `undefined` if the command ended before it printed one. */
export function readEngineDocument(output: string): EngineDocument | undefined {
  const start = output.indexOf("{");
  if (start < 0) return undefined;
  try {
    return engineDocument.parse(JSON.parse(output.slice(start)));
  } catch {
    return undefined;
  }
}

/** The resource's own type in a URN: `azure-native:machinelearningservices:OnlineDeployment`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** The resource's name in a URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Stack, components and provider plugins: they stand for nothing in Azure. */
export function isBookkeeping(urn: string): boolean {
  return /^(pulumi:|azureml-finetune:components:)/.test(typeOf(urn));
}
