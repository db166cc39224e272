import { z } from "zod";
import { openBlobStore } from "../../azureml/clients/blobs";
import { parseDataUri } from "../../azureml/clients/dataUri";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";

/** A held-out question with the answers of both models. */
export interface Sample {
  question: string;
  reference: string;
  /** Answer of the base model. */
  before?: string;
  /** Answer of the tuned model. */
  after: string;
}

/**
 * A file that a training may leave in its model folder, with the answers of both models to held-out questions. The local cloud's
 * training writes it. Azure ML's component does not: it never asks the base model, and its step `model_prediction`, in the versions
 * that have it, asks the tuned model only (Azure/azureml-assets, assets/training/finetune_acft_hf_nlp, components/
 * pipeline_components/chat_completion/spec.yaml).
 */
const fileName = "evaluation.json";
/** A file of this size has more samples than a report shows. */
const largestFile = 4 * 1024 * 1024;
const shown = 12;

const evaluationFile = z.object({
  samples: z.array(
    z.object({
      messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
      reference: z.string(),
      before: z.string().optional(),
      after: z.string(),
    }),
  ),
});

/**
 * The first samples in a model folder. Empty if the folder has no such file.
 * @param modelUri address of the folder in a datastore.
 */
export async function readSamples(
  session: AzureSession,
  ref: WorkspaceRef,
  modelUri: string,
): Promise<Sample[]> {
  const { datastoreName, path } = parseDataUri(modelUri, "modelUri");
  const store = await openBlobStore(session, ref, datastoreName);
  const file = `${path.replace(/\/+$/, "")}/${fileName}`;
  const facts = await store.facts(file);
  if (!facts || facts.bytes > largestFile) return [];
  return parseSamples(await textOf(store.read(file)));
}

/** The samples in the text of such a file; none if the file has another form. */
export function parseSamples(content: string): Sample[] {
  const parsed = evaluationFile.safeParse(jsonOf(content));
  return (parsed.data?.samples ?? []).slice(0, shown).map(({ messages, reference, before, after }) => ({
    question: messages
      .map(({ role, content: text }) => (messages.length > 1 ? `${role}: ${text}` : text))
      .join("\n"),
    reference,
    ...(before === undefined ? {} : { before }),
    after,
  }));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
