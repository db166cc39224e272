import type { ModelFacts } from "../cloud";
import type { CheckContext } from "./context";

/** Checks that the base model and the pipeline component exist in their registries, if these answer. */
export async function checkModel({
  config,
  cloud,
  report,
  notes,
}: CheckContext): Promise<ModelFacts | undefined> {
  const { registry, name, version } = config.foundationModel;
  const { component } = config.finetune;
  const [model] = await Promise.all([
    report.attemptIfAvailable(report.key("foundationModel"), () => cloud.model(registry, name, version)),
    report.attemptIfAvailable(report.key("finetune.component"), () =>
      cloud.component(component.registry, component.name, component.version),
    ),
  ]);
  if (model?.isArchived)
    notes.push(`Model ${name} ${model.version} is archived in registry ${registry}; it can still be used.`);
  if (model?.stage) notes.push(`Model ${name} ${model.version} is in stage ${model.stage}.`);
  return model;
}
