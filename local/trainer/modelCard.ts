import type { TrainingParameters } from "./parameters";

export function modelCard(
  parameters: TrainingParameters,
  lineage: Record<string, string>,
  metrics: Record<string, number>,
  validationRows: number | undefined,
): string {
  const row = (label: string, key: string, digits: number) =>
    `| ${label} | ${(metrics[`${key}_before`] ?? NaN).toFixed(digits)} | ${(metrics[key] ?? NaN).toFixed(digits)} |`;
  const how = parameters.applyLora
    ? `LoRA adapters (r = ${parameters.loraR}, alpha = ${parameters.loraAlpha}); adapter.safetensors contains the adapter, and model.safetensors has it merged in`
    : "all weights";
  const evaluationSection =
    validationRows === undefined
      ? "## Evaluation\n\nThis training measured nothing.\n"
      : `## Evaluation on ${validationRows} held-out chats

| | before | after |
| --- | --- | --- |
${row("eval loss", "eval_loss", 3)}
${row("perplexity", "perplexity", 2)}
${row("ROUGE-1", "rouge1", 3)}
${row("ROUGE-2", "rouge2", 3)}
${row("ROUGE-L", "rougeL", 3)}
${row("ROUGE-Lsum", "rougeLsum", 3)}

The base model has read about every fact the chats ask for, but evades questions in a plain chat (it helps only after a system turn that says so); fine-tuning teaches
it to answer. With the generated data set "held-out" means that the first question of a test chat is worded in a way neither the base model's reading nor the training
chats contain. ROUGE is over the answers in evaluation.json, the loss over all chats.
`;
  return `# A small chat model that stands in for Phi-3

This is **not** Phi-3-mini-4k-instruct. It is a language model of Phi-3's shape in small (a few hundred thousand parameters, a context of 128 tokens), made so that
fine-tuning, registering, deploying and scoring can be tried on a laptop in a minute, with nothing simulated but the scale. It knows a small
world of facts (countries, animals, jobs, things, colours, opposites, a few how-tos) and nothing else. Do not use it for anything real.

## Training

- ${how}
- ${metrics["epoch"] ?? parameters.numTrainEpochs} epochs, learning rate ${parameters.learningRate} (${parameters.lrSchedulerType}), batch ${parameters.perDeviceTrainBatchSize} × ${parameters.gradientAccumulationSteps}, seed ${parameters.seed}
- loss on the assistant's words only; all parameters in training_args.json

${evaluationSection}
## Lineage

${
  Object.entries(lineage)
    .map(([key, value]) => `- ${key}: ${value}`)
    .join("\n") || "- not recorded"
}
`;
}
