import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { FineTuneRequest } from "./contract";
import { evaluationMetrics, type Evaluation } from "./evaluate";
import { adapterConfig, adapterForFile } from "./lora";
import { modelCard } from "./modelCard";
import type { ModelFiles } from "./modelFiles";
import { writeSafetensors } from "./safetensors";
import type { Weights } from "./weights";

/** The validation rows before and after the training. */
export interface MeasuredModel {
  before: Evaluation;
  after: Evaluation;
  rows: number;
}

export interface ModelFolderContents {
  request: FineTuneRequest;
  files: ModelFiles;
  /** LoRA factors; absent after a full fine-tune. */
  adapter?: Weights;
  merged: Weights;
  /** Absent when the training measured nothing. */
  evaluation?: MeasuredModel;
  metrics: Record<string, number>;
}

/**
 * `loadChatModel` needs config.json, tokenizer.json and model.safetensors; the other files are for people.
 */
export async function writeModelFolder(contents: ModelFolderContents): Promise<void> {
  const { request, files, adapter, merged, evaluation, metrics } = contents;
  const { parameters, lineage, outputDir } = request;
  const write = (name: string, data: string | Buffer) => writeFile(join(outputDir, name), data);
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  await write("model.safetensors", writeSafetensors(merged, { format: "pt" }));
  if (adapter) {
    await write("adapter.safetensors", writeSafetensors(adapterForFile(adapter), { format: "pt" }));
    const base = lineage["base_model"] ?? lineage["baseModelId"] ?? lineage["modelId"] ?? "base";
    await write("adapter_config.json", json(adapterConfig(parameters.loraR, parameters.loraAlpha, base)));
  }
  await write("config.json", json(files.configJson));
  await write("tokenizer.json", files.tokenizerText);
  await write("training_args.json", json(parameters));
  if (evaluation) await write("evaluation.json", json(evaluationReport(evaluation)));
  await write("README.md", modelCard(parameters, lineage, metrics, evaluation?.rows));
  // Written last: a folder without MLmodel is incomplete.
  await write("MLmodel", mlModel(request, adapter !== undefined));
}

function evaluationReport({ before, after, rows }: MeasuredModel): object {
  return {
    rows,
    generatedRows: after.samples.length,
    before: evaluationMetrics(before, ""),
    after: evaluationMetrics(after, ""),
    samples: after.samples.map(({ messages, reference, answer }, index) => ({
      messages,
      reference,
      before: before.samples[index]?.answer,
      after: answer,
    })),
  };
}

/** The MLmodel file. The flavor names the required loader, the metadata the origin. */
function mlModel(request: FineTuneRequest, hasAdapter: boolean): string {
  return stringify({
    flavors: {
      small_chat_lm: {
        task: "chat-completion",
        architecture: "phi3",
        config: "config.json",
        tokenizer: "tokenizer.json",
        weights: "model.safetensors",
        ...(hasAdapter ? { adapter: "adapter.safetensors" } : {}),
      },
    },
    signature: {
      inputs: JSON.stringify([{ type: "string", name: "input_string", required: true }]),
      outputs: JSON.stringify([{ type: "string", required: true }]),
      params: JSON.stringify(
        Object.entries({ temperature: 1, top_p: 1, do_sample: false, max_new_tokens: 200 }).map(
          ([name, value]) => ({ name, default: value, shape: null }),
        ),
      ),
    },
    metadata: {
      stand_in_for: "Phi-3-mini-4k-instruct",
      lineage: request.lineage,
    },
    utc_time_created: new Date().toISOString().replace("T", " ").replace("Z", ""),
  });
}
