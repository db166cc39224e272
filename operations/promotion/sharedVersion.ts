import { z } from "zod";

/** The version that a stack has shared to a registry (output `sharedModel`) or serves (`promotedModel`). */
const versionSchema = z.object({
  registry: z.string().min(1),
  name: z.string().min(1),
  version: z.string().min(1),
  sha256: z.string().optional(),
});

export type SharedVersion = z.infer<typeof versionSchema>;

/** A stack as its state describes it. */
export interface SourceStack {
  name: string;
  outputs: Record<string, unknown>;
  /** Why its outputs may not be those of what it has in Azure; undefined if its last update succeeded. */
  behind?: string;
}

/**
 * The version to promote.
 * @throws Error if the stack is behind or has no version in a registry.
 */
export function sourceVersion({ name, outputs, behind }: SourceStack): SharedVersion {
  if (behind !== undefined)
    throw new Error(
      `stack "${name}" is behind: ${behind}. What it serves may not be what its outputs say. Run \`up\` on it until it succeeds, then promote.`,
    );
  const found = versionSchema.safeParse(outputs.sharedModel ?? outputs.promotedModel);
  if (found.success) return { ...found.data, ...hashOf(found.data.sha256) };
  if (Object.keys(outputs).length === 0) throw new Error(`stack "${name}" has no outputs. Deploy it first.`);
  throw new Error(
    `stack "${name}" has no model version in a shared registry: its outputs have neither sharedModel nor promotedModel. ` +
      "Set model.shareTo to a registry in its file and deploy it.",
  );
}

/** Outputs may carry the form of the tag, `sha256:<hash>`. */
const hashOf = (sha256: string | undefined): { sha256?: string } =>
  sha256 === undefined ? {} : { sha256: sha256.replace(/^sha256:/, "") };
